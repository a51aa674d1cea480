"""Whatever lies in a queue, its worker goes on; what nobody can read is set aside."""

import base64
import json
import uuid

import pytest

HOOKS = 'scheduler_events = {"yearly": ["jobs.trace"]}\n'


def made(body=([], {}, {}), *, headers=None, properties=None):
    """A message as kombu and Celery write it, but for what is said of it."""
    return {
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"task": "jobs.trace", "id": "8f2a", "lang": "py", **(headers or {})},
        "properties": {
            "delivery_mode": 2,
            "delivery_tag": str(uuid.uuid4()),
            "delivery_info": {"exchange": "default", "routing_key": "default"},
            "priority": 0,
            "body_encoding": "base64",
            **(properties or {}),
        },
    }


def message(*said, **more):
    return json.dumps(made(*said, **more)).encode()


def with_(name, value):
    return json.dumps(made() | {name: value}).encode()


#: Each with a word of the reason for which it is set aside.
SPOILED = {
    b"": "not JSON",
    b"garbage": "not JSON",
    b"\xff\xfe\x00": "not JSON",
    b"[" * 100_000: "not JSON",
    b"null": "no message of kombu's",
    b"[]": "no message of kombu's",
    b'{"task": "jobs.trace"}': "'properties'",
    message(properties={"delivery_tag": None}): "no message of kombu's",
    message(properties={"delivery_info": {}}): "'exchange'",
    message(headers={"task": ["jobs.trace"]}): "no message of kombu's",
    message(headers={"eta": "soon"}): "invalid ETA",
    message(headers={"timelimit": 5}): "no message of kombu's",
    message(headers={"compression": "application/x-gzip"}): "cannot be read",
    message(headers={"task": "jobs.unheard_of"}): "no task 'jobs.unheard_of' is known here",
    with_("properties", "none"): "no message of kombu's",
    with_("headers", 5): "no message of kombu's",
    with_("headers", {"task": "jobs.trace"}): "'id'",
    with_("headers", {}): "names no task",
    with_("body", "not base64!"): "no message of kombu's",
    with_("body", "AAAA"): "cannot be read",
    with_("content-type", "application/x-python-serialize"): "cannot be read",
    with_("content-type", "text/plain"): "cannot be read",
    message("what"): "its body is not",
    message({"a": 1, "b": 2, "c": 3}): "its body is not",
    message([[], [], {}]): "its body is not",
}


#: Sends a due time of `jobs.trace` twice, as a beat does that finds that no run has started, and
#: one that somebody asked for.
SEND = """
import uuid
from datetime import UTC, datetime

from beat_schedule.headers import headers
from worker.celery import app

noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
for run, trigger in ((7, "schedule"), (7, "schedule"), (8, "manual")):
    said = {"due_at": noon, "run_id": uuid.UUID(int=run), "trigger": trigger, "queued_at": noon}
    app.send_task("jobs.trace", headers=headers("jobs.trace@yearly", **said))
"""


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_what_cannot_be_read_is_set_aside_and_the_worker_goes_on(installation, wait_until, pool):
    installation.write("hooks.py", HOOKS)
    installation.environ["HOOKBEAT_PREFIX"] = "two:"
    worker = installation.start("celery", "-A", "worker", "worker", "-c1", "-lINFO", f"-P{pool}")
    wait_until(lambda: "ready." in worker.said, within=60)

    with installation.client() as redis:
        for spoiled in SPOILED:
            redis.lpush("two:default", spoiled)
        installation.run("hookbeat", "run", "jobs.trace")
        wait_until(installation.ran, within=60)

        # Not one that was taken is in anybody's hands.
        wait_until(lambda: not redis.hlen("two:unacked") and not redis.zcard("two:unacked_index"))
        assert redis.llen("two:default") == 0
    assert worker.alive
    assert "Connection to broker lost" not in worker.said
    listed = installation.run("hookbeat", "spoiled", "--json", "--limit", "100", check=False)
    found = json.loads(listed.stdout)[::-1]
    assert listed.returncode == 1
    assert [(each["queue"], each["size"]) for each in found] == [
        ("default", len(spoiled)) for spoiled in SPOILED
    ]
    for each, why in zip(found, SPOILED.values(), strict=True):
        assert why in each["reason"], each
    assert len(installation.ran()) == 1
    assert worker.said.count('"event": "message.spoiled"') == len(SPOILED)


def test_a_run_whose_task_is_not_known_is_left_to_a_worker_that_knows_it(installation, wait_until):
    installation.write("hooks.py", HOOKS)
    installation.write("older.py", "scheduler_events = {}\n")
    older = installation.start_worker(HOOKBEAT_HOOKS="older")
    wait_until(lambda: "ready." in older.said, within=60)

    with installation.client() as redis:
        installation.run("python", "-c", SEND)
        wait_until(lambda: not redis.llen("default") and not redis.hlen("unacked"), within=60)
    wait_until(lambda: older.said.count("task.unknown") == 2)

    # All came here, and it was said once for each run.
    said = [json.loads(line) for line in older.said.splitlines() if "task.unknown" in line]
    assert {"task": "jobs.trace", "entry": "jobs.trace@yearly"}.items() <= said[0].items()
    assert [each["run"] for each in said] == [str(uuid.UUID(int=run)) for run in (7, 8)]
    assert older.alive
    assert installation.run("hookbeat", "spoiled").returncode == 0

    older.stop()
    installation.start_worker()
    installation.run("python", "-c", SEND)
    wait_until(installation.ran, within=60)
