"""What is in the way of a due time to come, beside what its commands show."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule.actions.obstacles import AsItStands, obstacles
from beat_schedule.features import Features
from beat_schedule.policies import Overlap, Policy, RunPolicy
from beat_schedule.settings import Settings
from beat_schedule.store.models import RunState
from beat_schedule.store.record import record_of
from tests.foreseen import SINCE, an_entry
from tests.recorded import a_run

MINUTE = timedelta(minutes=1)
NOW = SINCE + timedelta(hours=12)
DUE = SINCE + timedelta(days=1)


def words(entry=None, **stands):
    now_is = AsItStands(**{"settings": Settings(), "now": NOW} | stands)
    return [each.words for each in obstacles(entry or an_entry("a"), DUE, now_is)]


def a_running(started_at, **changes):
    return record_of(a_run(started_at, None, id=uuid.UUID(int=1), **changes))


def test_where_nothing_is_known_nothing_is_in_the_way():
    assert words() == []


def test_a_run_that_will_be_over_by_its_limit_is_not_in_the_way():
    assert words(open_run=a_running(NOW - MINUTE)) == []


def test_a_run_that_may_still_run_by_then_is():
    entry = an_entry("a", timeout=timedelta(days=2))

    [said] = words(entry, open_run=a_running(NOW - MINUTE))

    assert said == "its run 00000000 is running: what is due before that ends is skipped"


def test_a_run_that_hangs_is_in_the_way_though_it_should_be_over():
    [said] = words(open_run=a_running(NOW - 60 * MINUTE))

    assert said == (
        "its run 00000000 is running, longer than its limit of 5 minutes: what is due before that "
        "ends is skipped"
    )


@pytest.mark.parametrize(("overlap", "then"), [(Overlap.QUEUE, ["waits"]), (Overlap.ALLOW, [])])
def test_what_becomes_of_it_is_what_the_entry_says_of_overlaps(overlap, then):
    waiting = a_running(NOW, state=RunState.WAITING)

    said = words(an_entry("a", policy=Policy(overlap=overlap)), open_run=waiting)

    assert [each.rpartition(" ")[2] for each in said] == then


def test_features_and_environments_are_named_each():
    entry = an_entry("a", run_policy=RunPolicy(feature="LOANS", environments=("production",)))

    assert words(entry, features=Features({"LOANS": False})) == [
        "feature LOANS is off",
        "runs only in production, this is development",
    ]
