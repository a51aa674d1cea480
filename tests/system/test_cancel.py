"""A run that a person cancels while a real worker carries it out."""

import json

import pytest

JOB = '''
"""A job that goes on for as long as it is let."""

from pathlib import Path

from beat_schedule.clock import SystemClock


def wait():
    Path("waiting").write_text("")
    while True:
        SystemClock().sleep(0.05)


def trace():
    Path("traced").write_text("")
'''


@pytest.fixture
def project(installation, wait_until):
    installation.write("jobs_to_stop.py", JOB)
    installation.write(
        "hooks.py",
        "scheduler_events = {'yearly': ['jobs_to_stop.wait', 'jobs_to_stop.trace']}\n",
    )
    worker = installation.start(
        "celery", "-A", "worker", "worker", "--concurrency=1", "--loglevel=INFO"
    )
    wait_until(lambda: "ready." in worker.said, within=60)
    installation.worker = worker
    return installation


def test_its_worker_is_told_to_stop_and_goes_on_with_others(project, wait_until):
    def of(entry):
        return project.runs("--entry", f"jobs_to_stop.{entry}")

    project.run("hookbeat", "run", "jobs_to_stop.wait")
    wait_until((project.folder / "waiting").exists, within=60)
    [run] = of("wait")

    done = project.run("hookbeat", "cancel", run["id"], "--why", "not today", "--json")

    assert json.loads(done.stdout)["stopping"]["is_told"] is True
    [run] = of("wait")
    assert (run["state"], run["outcome"]) == ("ended", "cancelled")
    assert run["reason"].endswith(": not today")
    # The only child was its own: it was ended, and another took its place.
    project.run("hookbeat", "run", "jobs_to_stop.trace")
    wait_until((project.folder / "traced").exists, within=60)
    assert project.worker.alive
    [run] = of("wait")
    assert (run["outcome"], run["attempt"]) == ("cancelled", 1)
    told = json.loads(project.run("hookbeat", "logs", run["id"], "--json").stdout)
    assert [event["event"] for event in told["events"]] == ["cancelled"]


def test_a_run_that_waits_in_the_queue_never_starts(project, wait_until):
    project.run("hookbeat", "run", "jobs_to_stop.wait")
    wait_until((project.folder / "waiting").exists, within=60)
    run = json.loads(project.run("hookbeat", "run", "jobs_to_stop.trace", "--json").stdout)["id"]

    project.run("hookbeat", "cancel", run, "--why", "not today")
    [waiting] = project.runs("--outcome", "running")
    project.run("hookbeat", "cancel", waiting["id"], "--why", "let the next one be seen")

    # Its message is taken, and dropped.
    wait_until(lambda: "run.dropped" in project.worker.said, within=60)
    assert not (project.folder / "traced").exists()
    told = json.loads(project.run("hookbeat", "logs", run, "--json").stdout)
    assert (told["outcome"], told["attempt"]) == ("cancelled", 0)
    assert [event["event"] for event in told["events"]] == ["cancelled", "dropped"]
