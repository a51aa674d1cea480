"""A worker that is told to stop: its runs go on elsewhere."""

import signal

import pytest

JOBS = '''
"""A job whose first attempt is too long for any worker that stops."""

from pathlib import Path

from beat_schedule.clock import SystemClock


def linger(context):
    Path(f"began-{context.attempt}").touch()
    if context.attempt == 1:
        SystemClock().sleep(60)
'''


@pytest.fixture
def project(installation):
    installation.write("jobs.py", JOBS)
    installation.write("hooks.py", "scheduler_events = {'yearly': ['jobs.linger']}\n")
    return installation


@pytest.fixture
def start(project, wait_until):
    def ready(**environ):
        worker = project.start_worker(**environ)
        wait_until(lambda: "ready." in worker.said, within=60)
        return worker

    return ready


@pytest.mark.parametrize(
    ("number", "grace"), [(signal.SIGTERM, "1"), (signal.SIGQUIT, "1500")], ids=["warm", "cold"]
)
def test_a_run_goes_on_in_another_worker(project, start, wait_until, number, grace):
    first = start(HOOKBEAT_GRACE=grace)
    project.run("hookbeat", "run", "jobs.linger")
    wait_until((project.folder / "began-1").exists, within=60)

    first.signal(number)
    wait_until(lambda: not first.alive, within=30)

    [waiting] = project.runs()
    told = waiting["state"], waiting["outcome"], waiting["reason"]
    assert told == ("waiting", None, "its worker was told to stop")
    assert first.said.count("run.given_back") == 1
    assert "run.closed" not in first.said
    start()
    [ended] = wait_until(lambda: [run for run in project.runs() if run["outcome"]], within=30)
    assert (ended["outcome"], ended["attempt"]) == ("succeeded", 2)
