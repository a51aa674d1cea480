"""What `celery inspect` and `celery control` may ask of workers, and `celery hookbeat`."""

import json

import pytest

JOB = '''
"""A job that a test lets go on."""

from pathlib import Path

from beat_schedule.clock import SystemClock


def wait_for_the_test():
    """Returns as soon as the test has written `go`."""
    clock = SystemClock()
    while not Path("go").exists():
        clock.sleep(0.05)
'''

#: They are named so that nobody waits for a third.
BOTH = ("--destination", "one@here,two@here", "--timeout", "20")

ENTRY = "waiting.wait_for_the_test@yearly"


@pytest.fixture
def project(installation, wait_until):
    """A project with a beat that leads and two workers that are ready."""
    installation.write("waiting.py", JOB)
    handlers = ["waiting.wait_for_the_test"]
    installation.write("hooks.py", f"scheduler_events = {{'yearly': {handlers!r}}}\n")
    command = ["celery", "-A", "worker", "worker", "--concurrency=1", "--loglevel=INFO", "-n"]
    workers = [installation.start(*command, f"{name}@here") for name in ("one", "two")]
    beat = installation.start_beat()
    for worker in workers:
        wait_until(lambda said=worker: "ready." in said.said, within=60)
    wait_until(lambda: "lease.taken" in beat.said, within=60)
    wait_until(lambda: len(shown(installation)) == 2, within=30)
    return installation


def shown(project):
    with project.client() as redis:
        return redis.hkeys("hookbeat:main:workers")


def ask(project, *words):
    """What both answer."""
    done = project.run("celery", "-A", "worker", *words, "--json", *BOTH)
    # `status` says below its JSON how many there are.
    return json.JSONDecoder().raw_decode(done.stdout)[0]


def test_workers_tell_of_entries_beats_and_features_and_celery_has_our_commands(project):
    told = ask(project, "inspect", "entries")
    assert set(told) == {"one@here", "two@here"}
    assert told["one@here"][ENTRY]["task"] == "waiting.wait_for_the_test"
    assert told["one@here"][ENTRY]["queue"] == "default"
    assert told["one@here"][ENTRY]["said_by"] == "code"

    operator = ("--why", "stock-taking", "--by", "ada")
    project.run("hookbeat", "entry", "set", ENTRY, "--queue", "long", *operator)
    schedule = ("--every", "365d")
    made = "hookbeat", "entry", "add", "stock", "--task", "waiting.wait_for_the_test", *schedule
    project.run(*made, *operator)
    told = ask(project, "inspect", "entries")["two@here"]
    assert (told[ENTRY]["queue"], told[ENTRY]["said_by"]) == ("long", "code, and an operator")
    assert (told["stock"]["task"], told["stock"]["said_by"]) == (
        "waiting.wait_for_the_test",
        "operator",
    )
    assert list(ask(project, "inspect", "entries", "stock")["one@here"]) == ["stock"]

    assert ask(project, "inspect", "beats")["two@here"]["leader"]
    assert ask(project, "inspect", "features")["one@here"] == {}

    status = project.run("celery", "-A", "worker", "hookbeat", "status", "--json", check=False)
    assert json.loads(status.stdout)["redis"]["leader"]["id"]


def test_a_run_is_sent_once_and_seen_where_it_is_under_way(project, wait_until):
    answers = sorted(map(str, ask(project, "control", "run_entry", ENTRY)))
    assert sum("was sent" in each for each in answers) == 1
    assert sum("left to one@here" in each for each in answers) == 1
    [run] = wait_until(lambda: project.runs("--outcome", "running"), within=30)

    [seen] = [each for said in ask(project, "inspect", "runs").values() for each in said]
    assert (seen["run"], seen["entry"], seen["attempt"]) == (run["id"], ENTRY, 1)
    active = [each for said in ask(project, "inspect", "active").values() for each in said]
    assert [each["hookbeat"] for each in active] == [
        {"run": run["id"], "entry": ENTRY, "due_at": run["due_at"], "attempt": 1}
    ]
    said = project.run("celery", "-A", "worker", "inspect", "active", *BOTH).stdout
    assert f"'entry': '{ENTRY}'" in said
    assert f"'due_at': '{run['due_at']}'" in said
    assert "'attempt': 1" in said
    status = project.run("celery", "-A", "worker", "status", *BOTH).stdout
    due_at = run["due_at"].replace("T", " ")
    assert "2 nodes online." in status
    assert f"run {run['id']} of {ENTRY}, due {due_at}, attempt 1" in status
    # For machines it is Celery's own.
    assert ask(project, "status")["one@here"] == {"ok": "pong"}

    assert "nothing was sent: run" in str(ask(project, "control", "run_entry", ENTRY))
    project.write("go", "")


def test_an_entry_is_paused_and_resumed_by_way_of_a_worker(project):
    ask(project, "control", "pause", ENTRY, "deploy", "ada")
    assert "paused by ada" in project.run("hookbeat", "list").stdout

    assert "goes on" in str(ask(project, "control", "resume", ENTRY))
    assert "no entry 'nobody'" in str(ask(project, "control", "pause", "nobody"))
