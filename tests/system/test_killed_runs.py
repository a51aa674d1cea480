"""Runs whose process does not live to tell how they ended: their worker tells it."""

import pytest

JOBS = '''
"""Jobs that do not end well."""

import os
import signal
import sys

from celery import shared_task

from beat_schedule.clock import SystemClock


def die():
    print("about to die")
    os.kill(os.getpid(), signal.SIGKILL)


def be_terminated():
    os.kill(os.getpid(), signal.SIGTERM)
    SystemClock().sleep(60)


def leave():
    sys.exit(3)


def linger():
    SystemClock().sleep(60)


def linger_deaf():
    clock = SystemClock()
    while True:
        try:
            clock.sleep(60)
        except Exception as error:
            print(f"heard of {error!r}, went on")


@shared_task(bind=True, max_retries=2)
def retry(self):
    if self.request.retries < 2:
        raise self.retry(exc=OSError("not yet"), countdown=0)


@shared_task(bind=True)
def hand_over(self):
    raise self.replace(take_over.s())


@shared_task
def take_over():
    return "taken over"


def work(context):
    context.report(done=1)
'''

HANDLERS = [
    "die",
    "be_terminated",
    "leave",
    "linger",
    "linger_deaf",
    "retry",
    "hand_over",
    "take_over",
    "work",
]


@pytest.fixture
def project(installation, wait_until):
    installation.write("ending.py", JOBS)
    handlers = [f"ending.{name}" for name in HANDLERS]
    handlers = [
        {"task": handler, "timeout": 1} if handler == "ending.linger" else handler
        for handler in handlers
    ]
    installation.write("hooks.py", f"scheduler_events = {{'yearly': {handlers!r}}}\n")
    worker = installation.start_worker()
    wait_until(lambda: "ready." in worker.said, within=60)
    return installation


@pytest.fixture
def run(project, wait_until):
    """Ask for a run and wait for its end."""

    def ended(name):
        project.run("hookbeat", "run", f"ending.{name}")
        wait_until(
            lambda: [one for one in project.runs("--entry", f"ending.{name}") if one["outcome"]],
            within=60,
        )
        (one,) = project.runs("--entry", f"ending.{name}")
        return one

    return ended


def test_a_run_whose_process_is_killed_is_lost_and_the_next_runs(run, project):
    assert (run("die")["outcome"], run("be_terminated")["outcome"]) == ("lost", "lost")
    reason = project.runs("--entry", "ending.die")[0]["reason"]
    assert reason == "its process was ended by SIGKILL"

    assert run("work")["outcome"] == "succeeded"


def test_the_beats_are_told_that_a_run_is_over_whose_process_is_killed(run, project, wait_until):
    run("die")

    with project.client() as redis:
        wait_until(lambda: not redis.hgetall("hookbeat:main:active"))
    assert "token.untold" not in project.said()


def test_an_exit_ends_the_run_and_not_the_worker(run):
    assert run("leave")["error"] == "SystemExit: 3"
    assert run("work")["outcome"] == "succeeded"


def test_a_run_over_its_time_is_stopped(run):
    ended = run("linger")

    assert ended["outcome"] == "timed out"
    assert "SoftTimeLimitExceeded" in ended["error"]


def test_a_run_that_hears_nothing_is_killed_and_timed_out(project, wait_until):
    send = (
        "from worker.celery import app; "
        "app.send_task('ending.linger_deaf', soft_time_limit=1, time_limit=2)"
    )
    project.run("python", "-c", send)

    (ended,) = wait_until(lambda: [run for run in project.runs() if run["outcome"]], within=60)
    assert (ended["outcome"], ended["trigger"]) == ("timed out", "call")
    assert ended["reason"] == "it was killed: it ran longer than 2 s"


def test_celerys_own_retries_are_attempts_of_one_run(run):
    ended = run("retry")

    assert (ended["outcome"], ended["attempt"]) == ("succeeded", 3)


def test_a_task_that_replaces_another_runs_under_the_same_celery_id(project, wait_until):
    project.run("python", "-c", "from worker.celery import app; app.send_task('ending.hand_over')")

    wait_until(lambda: [run for run in project.runs() if run["outcome"]][1:], within=60)
    assert {(run["task"], run["trigger"], run["outcome"]) for run in project.runs()} == {
        ("ending.hand_over", "call", "succeeded"),
        ("ending.take_over", "call", "succeeded"),
    }
