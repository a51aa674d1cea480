"""What is declared and cannot be used is on record, until it is mended."""

import pytest

from beat_schedule.dispatch.alarms import Alarms
from beat_schedule.dispatch.wording import worded
from beat_schedule.errors import Problem
from beat_schedule.incidents import IncidentKind
from beat_schedule.testing import ManualClock
from tests.unit.dispatch.recorded import Recorded, a_failure, an_entry, minutes

PLACE = "hooks.py: scheduler_events['daily'][1]"
UNKNOWN = Problem(PLACE, "unknown option 'qeue'", "did you mean 'queue'?")


@pytest.fixture
def record():
    return Recorded()


@pytest.fixture
def look(record):
    """Of a leader whose declarations have these problems."""
    clock = ManualClock(minutes(0))

    def look(*problems, entries=()):
        clock.advance(minutes(1) - minutes(0))
        Alarms(entries, record, clock.now, problems).look()
        return [(each.entry, each.reason) for each in record.incidents if not each.ended_at]

    return look


def test_it_is_an_incident_of_its_place_and_says_what_to_do(look, record):
    assert look(UNKNOWN) == [(PLACE, "unknown option 'qeue' (did you mean 'queue'?)")]
    assert look(UNKNOWN) == look(UNKNOWN)
    assert [each.kind for each in record.incidents] == [IncidentKind.LEFT_OUT]


def test_it_is_over_when_it_is_mended(look, record):
    look(UNKNOWN)

    assert look() == []
    assert record.incidents[0].ended_at


def test_another_problem_at_the_same_place_is_another_incident(look, record):
    look(UNKNOWN)

    assert look(Problem(PLACE, "says no task")) == [(PLACE, "says no task")]
    assert len(record.incidents) == 2


def test_the_other_entries_are_watched_all_the_same(look, record):
    entry = an_entry(alert_after=1)
    record.ended["close"] = [a_failure(1)]

    assert {name for name, _ in look(UNKNOWN, entries=[entry])} == {PLACE, "close"}


def test_people_are_told_where_and_what_to_look_at(look, record):
    look(UNKNOWN)
    [incident] = record.incidents

    title, text = worded(incident, None, is_over=False)
    assert title == f"[hookbeat] {PLACE} cannot be used, and is left out"
    assert "Unknown option 'qeue' (did you mean 'queue'?)" in text
    assert "hookbeat check" in text

    look()
    title, _ = worded(record.incidents[0], None, is_over=True)
    assert title == f"[hookbeat] {PLACE} is mended, or declared no more"
