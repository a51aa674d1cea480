"""The worker as a process: what `celery inspect` shows, and what it does without a database."""

import json
import sqlite3
from contextlib import closing

import pytest

JOB = '''
"""A job that a test lets go on, and a task that was one of Celery's before."""

from pathlib import Path

from celery import shared_task

from beat_schedule.clock import SystemClock


def wait_for_the_test():
    """Returns as soon as the test has written `go`."""
    clock = SystemClock()
    while not Path("go").exists():
        clock.sleep(0.05)


@shared_task(name="shop.close", max_retries=7)
def close(when="now"):
    return f"closed {when}"
'''


@pytest.fixture
def project(installation, wait_until):
    """A project with three handlers, and a worker that is ready."""
    installation.write("waiting.py", JOB)
    many = {"task": "waiting.wait_for_the_test", "name": "many", "overlap": "allow"}
    handlers = ["waiting.wait_for_the_test", "waiting.close", many]
    installation.write("hooks.py", f"scheduler_events = {{'yearly': {handlers!r}}}\n")
    worker = installation.start_worker()
    wait_until(lambda: "ready." in worker.said, within=60)
    return installation


def inspect(project, what):
    answer = project.run("celery", "-A", "worker", "inspect", what, "--json")
    (said,) = json.loads(answer.stdout).values()
    return said


def test_inspect_shows_dotted_paths_and_that_nothing_is_taken_in_advance(project, wait_until):
    for _ in range(4):
        project.run("hookbeat", "run", "many")

    registered = inspect(project, "registered")
    active = wait_until(lambda: inspect(project, "active"), within=30)
    reserved = inspect(project, "reserved")
    with project.client() as redis:
        waiting = redis.llen("default")
    project.write("go", "")

    assert "waiting.wait_for_the_test" in registered
    # It was a Celery task already, so it stays that one.
    assert any(name.startswith("shop.close") for name in registered)
    assert {task["name"] for task in active} == {"waiting.wait_for_the_test"}
    # Late acks and a prefetch of 1: nobody takes what he cannot start, others may have it.
    assert (len(active), reserved, waiting) == (2, [], 2)
    wait_until(lambda: len(project.runs("--outcome", "succeeded")) == 4)


def test_a_run_has_its_entrys_token_until_it_is_over(project, wait_until):
    project.run("hookbeat", "run", "waiting.wait_for_the_test@yearly")

    with project.client() as redis:
        tokens = wait_until(lambda: redis.hgetall("hookbeat:main:active"), within=60)
        assert list(tokens) == ["waiting.wait_for_the_test@yearly"]
        (token,) = tokens.values()
        assert token.startswith(f"r|{project.runs()[0]['id']}|")
        # Its worker renews it.
        wait_until(lambda: list(redis.hgetall("hookbeat:main:active").values()) > [token])

        project.write("go", "")
        wait_until(lambda: not redis.hgetall("hookbeat:main:active"))


def test_a_run_waits_while_the_database_is_locked_and_is_not_lost(project, wait_until):
    project.write("go", "")
    with closing(sqlite3.connect(project.folder / "hookbeat.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        project.run("hookbeat", "run", "many")
        wait_until(lambda: "run.held" in project.said(), within=60)
        other.execute("ROLLBACK")

    (run,) = wait_until(project.runs, within=60)
    wait_until(lambda: project.runs()[0]["outcome"] == "succeeded", within=60)
    assert run["entry"] == "many"


def test_a_message_that_is_delivered_twice_runs_once(installation, wait_until):
    installation.write("hooks.py", 'scheduler_events = {"yearly": ["jobs.trace"]}\n')
    installation.run("hookbeat", "run", "jobs.trace")
    with installation.client() as redis:
        redis.lpush("default", redis.lindex("default", 0))

    worker = installation.start_worker()

    wait_until(lambda: "run.dropped" in worker.said, within=60)
    assert len(installation.ran()) == 1
    assert len(installation.runs()) == 1


def test_a_worker_without_its_tables_says_what_to_do_and_ends(installation, wait_until):
    (installation.folder / "hookbeat.db").unlink()

    worker = installation.start_worker()

    wait_until(lambda: not worker.alive, within=60)
    assert "hookbeat migrate" in worker.said
    assert "Traceback" not in worker.said


def test_a_broken_entry_is_left_out_with_its_cure_and_the_others_run(installation, wait_until):
    hooks = 'scheduler_events = {"every": {"1s": ["jobs.trace", "jobs.trcae"]}, "dayly": []}\n'
    installation.write("hooks.py", hooks)

    beat, worker = installation.start_beat(), installation.start_worker()

    wait_until(lambda: len(installation.ran()) >= 2, within=60)
    for process in (beat, worker):
        assert "did you mean 'daily'?" in process.said
        assert "trcae" in process.said


def test_a_worker_logs_where_and_what_its_command_line_says(installation, wait_until):
    command = ["celery", "-A", "worker", "worker", "--concurrency=1", "--pool=threads"]
    log = installation.folder / "worker.log"
    installation.write("hooks.py", 'scheduler_events = {"yearly": ["jobs.trace"]}\n')
    installation.run("hookbeat", "run", "jobs.trace")

    worker = installation.start(*command, f"--logfile={log}", "--loglevel=WARNING")

    wait_until(installation.ran, within=60)
    wait_until(lambda: installation.runs()[0]["outcome"], within=60)
    # A pool of threads cannot stop a run.
    [line] = [json.loads(line) for line in log.read_text().splitlines()]
    assert (line["event"], line["pool"]) == ("timeouts.unavailable", "thread")
    assert "run.started" not in worker.said
