"""Somebody asks how the night will go: with these workers, and with beats that are away."""

import json

import pytest

from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.workers import WorkerCard, Workers
from tests.recorded import a_run, keep, minutes
from tests.stories.foresight.conftest import FROM

TO = "2026-10-25T12:00+00:00"
COUNT = "chores.count@hourly"


@pytest.fixture
def simulate(project, sqlite_url, redis_url, redis_client, monkeypatch):  # noqa: ARG001 -- an empty Redis
    """`simulate("--slots", "default=1")`: what machines read, and the exit code."""
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HOOKBEAT_REDIS_URL", redis_url)
    project.write(
        {
            "hourly": ["chores.count"],
            "daily": [{"task": "chores.close", "at": "02:30", "catch_up_window": "30m"}],
        }
    )

    def simulate(*words):
        done = project.hookbeat("simulate", "--from", FROM, "--to", TO, *words, "--json")
        assert done.exit_code in {0, 1}, done.output
        return json.loads(done.stdout), done.exit_code

    return simulate


@pytest.fixture
def measured(sqlite_url):
    """Runs of the entry on record that took so many minutes."""

    def measured(*took):
        engine = make_engine(sqlite_url)
        runs = [
            a_run(minutes(at), entry=COUNT, finished_at=minutes(at + long))
            for at, long in enumerate(took)
        ]
        keep(make_sessions(engine), *runs)
        engine.dispose()

    return measured


def test_runs_take_what_they_took(simulate, measured):
    measured(50, 70)

    machine, code = simulate()

    # Each second run is slower than an hour, and the due time after it meets it.
    assert code == 1
    assert machine["overlaps"] == {COUNT: 8}
    assert machine["unmeasured"] == ["chores.close@daily"]


def test_the_slots_are_those_of_the_workers_that_live(simulate, redis_client):
    cards = Workers(redis_client, "")
    cards.show("one", WorkerCard(slots=4, queues=("default", "long")))
    cards.show("two", WorkerCard(slots=2, queues=("long",)))

    machine, code = simulate()

    assert (machine["queues"]["default"]["slots"], machine["away"], code) == (4, [], 0)


def test_a_queue_that_no_living_worker_takes_keeps_everything(simulate, redis_client):
    Workers(redis_client, "").show("two", WorkerCard(slots=2, queues=("long",)))

    machine, code = simulate()

    assert code == 1
    assert machine["queues"]["default"]["left"] > 0


def test_without_workers_it_says_so_and_takes_those_that_are_named(simulate):
    machine, _ = simulate("--slots", "default=1", "--assume", "10m")

    assert machine["away"][0].startswith("no worker lives")
    served = machine["queues"]["default"]
    assert (served["slots"], served["at_once"], served["longest_wait"]) == (1, 1, 0)


def test_an_outage_loses_what_may_not_be_so_late_and_catches_up_the_rest(simulate):
    machine, code = simulate("--outage", "2026-10-25T01:30", "2026-10-25T06:30")

    assert code == 1
    lost, caught_up = sorted(machine["outage"], key=lambda each: each["entry"])
    assert (lost["entry"], lost["lost"]) == ("chores.close@daily", 1)
    assert lost["reason"] == "later than its window of 30 minutes"
    assert (caught_up["entry"], caught_up["due"], caught_up["sent"]) == (COUNT, 5, 1)


def test_people_see_it_as_tables(project, simulate, measured):
    measured(50, 70)
    simulate()

    shown = project.hookbeat(
        "simulate", "--from", FROM, "--to", TO, "--outage", "2026-10-25T01:30", "2026-10-25T06:30"
    ).output

    assert "runs from 2026-10-24 12:00 to 2026-10-25 12:00 (UTC)" in shown
    assert "never measured, taken as 60s: chores.close@daily" in shown
    assert "due times that would not run" in shown
    assert "what the outage does" in shown


def test_without_redis_and_record_it_goes_by_what_is_assumed(simulate, monkeypatch, tmp_path):
    monkeypatch.setenv("HOOKBEAT_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")

    machine, code = simulate()

    assert code == 0
    assert len(machine["away"]) == 2
    assert len(machine["unmeasured"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--slots", "default"),
        ("--to", "2020-01-01"),
        ("--assume", "long"),
        ("--outage", "2020-01-01", "2020-01-02"),
        ("--from", "tomorrow"),
    ],
)
def test_what_makes_no_sense_is_misuse(project, simulate, words):
    assert simulate
    assert project.hookbeat("simulate", *words).exit_code == 2
