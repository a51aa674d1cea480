"""Celery's periodic entries, ours and a guest's, as the beat sees them."""

from datetime import timedelta

import pytest
from celery import Celery
from celery.schedules import crontab

from beat_schedule import Cron, Every, Settings, translate
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.schedules import Foreign

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def periodic(**fields) -> PeriodicEntry:
    return PeriodicEntry(name="a", app=Celery(set_as_current=False), **fields)


def ours(**options) -> PeriodicEntry:
    hooks = {"daily": [{"task": "time.time", **options}]}
    [fields] = translate(hooks, Settings()).values()
    return periodic(**fields)


def test_an_entry_of_ours_brings_its_policy():
    entry = ours(catch_up="all", spread="30m")

    assert entry.nominal == Cron("0 0 * * *")
    assert (entry.policy.catch_up, entry.policy.overlap) == (CatchUp.ALL, Overlap.QUEUE)
    assert entry.policy.tracked
    assert entry.policy.spread < timedelta(minutes=30)


@pytest.mark.parametrize(
    ("schedule", "window"),
    [
        (Every("90s"), HOUR),
        (Cron("0 0 * * *"), DAY),
        (60.0, HOUR),
        (crontab(minute=0), HOUR),
        (crontab(minute=0, hour=3), DAY),
    ],
)
def test_a_guests_entry_is_sent_and_not_followed(schedule, window):
    policy = periodic(schedule=schedule).policy

    assert (policy.overlap, policy.tracked) == (Overlap.ALLOW, False)
    assert (policy.catch_up_window, policy.spread) == (window, timedelta(0))


def test_a_guests_schedule_that_cannot_be_asked_is_told_when_it_is_due_not_before():
    class Broken(crontab):
        def remaining_estimate(self, _last_run_at):
            raise RuntimeError("no ephemeris")

    entry = periodic(schedule=Broken(minute=13))

    assert entry.policy.catch_up_window == DAY
    assert isinstance(entry.nominal, Foreign)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": "5m"},
        {"queue": "long"},
        {"spread": "2h"},
        {"args": []},
        {"catch_up": "all"},
        {"description": "x"},
    ],
)
def test_only_what_names_due_times_is_in_the_fingerprint(options):
    assert ours(**options).fingerprint == ours().fingerprint


@pytest.mark.parametrize(
    "options",
    [
        {"at": "01:00"},
        {"timezone": "Europe/Paris"},
        {"dst": {"gap": "skip"}},
        {"not_after": "2030-01-01"},
    ],
)
def test_what_names_due_times_is_in_the_fingerprint(options):
    assert ours(**options).fingerprint != ours().fingerprint
