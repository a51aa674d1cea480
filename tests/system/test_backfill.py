"""Due times of long ago and of now, asked for by hand, with a real beat and a real worker.

They are sent, looked at, taken back, lost.
"""

import json

import pytest

from tests.system.test_remote import JOB

ENTRY = "jobs.trace@monthly"
SPAN = ("2026-01-01", "2026-07-01")


@pytest.fixture
def project(installation, wait_until):
    """A beat that leads, and a worker that is busy until the test says go."""
    installation.write("waiting.py", JOB)
    installation.write(
        "hooks.py",
        'trace = {"task": "jobs.trace", "overlap": "allow"}\n'
        'scheduler_events = {"monthly": [trace], "yearly": ["waiting.wait_for_the_test"]}\n',
    )
    worker = installation.start(
        "celery", "-A", "worker", "worker", "--concurrency=1", "--loglevel=INFO"
    )
    beat = installation.start_beat()
    wait_until(lambda: "ready." in worker.said, within=60)
    wait_until(lambda: "lease.taken" in beat.said, within=60)
    installation.run("hookbeat", "run", "waiting.wait_for_the_test")
    wait_until(lambda: installation.runs("--outcome", "running"), within=60)
    installation.beat = beat
    return installation


def told(project, *words):
    done = project.run("hookbeat", *words, "--json", check=False)
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def test_each_runs_once_but_for_those_that_were_taken_back(project, wait_until):
    backfill = ("backfill", ENTRY, *SPAN, "--rate", "6000", "--yes")
    assert told(project, *backfill)["sent"] == 6

    pending = told(project, "pending")
    assert [(each["entry"], each["messages"]) for each in pending["queued"]] == [(ENTRY, 6)]
    sent = [(each["entry"], each["due_times"]) for each in pending["sent_and_not_started"]]
    assert sent == [(ENTRY, 6)]

    by_month = {run["due_at"][:7]: run["id"] for run in project.runs("--entry", ENTRY)}
    assert len(by_month) == 6
    lost, cancelled, purged = (by_month[f"2026-0{month}"] for month in (1, 2, 3))
    assert told(project, "cancel", cancelled, "--why", "not that one")["was"] == "sent"
    purge = told(project, "purge", "--run", purged, "--yes", "--why", "nor that one")
    assert (purge["removed"], purge["cancelled"]) == (1, [purged])
    of_now = told(project, "run", ENTRY)["id"]
    with project.client() as redis:
        for run in (lost, of_now):
            [message] = [each for each in redis.lrange("default", 0, -1) if run in each]
            assert redis.lrem("default", 1, message) == 1
    project.write("go", "")

    # Sent to workers that did not get them, they are sent again.
    wait_until(lambda: len(project.ran()) == 5, within=120)
    assert sorted(due_at[:7] for due_at in project.ran())[:4] == [
        "2026-01",
        "2026-04",
        "2026-05",
        "2026-06",
    ]
    for run in (lost, of_now):
        story = told(project, "logs", run)
        assert [event["event"] for event in story["events"]] == ["sent again"]
    assert "run.sent_again" in project.beat.said
    ended = {run["id"]: run["outcome"] for run in project.runs("--entry", ENTRY)}
    assert (ended[cancelled], ended[purged]) == ("cancelled", "cancelled")
    again = told(project, *backfill)
    assert (again["sent"], again["known"]) == (0, 6)
    assert told(project, "pending")["sent_and_not_started"] == []
