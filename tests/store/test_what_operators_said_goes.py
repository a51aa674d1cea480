"""What operators said and changed stays on record for long, and not for ever."""

from datetime import timedelta

import pytest

from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.store.audit import note, noted
from beat_schedule.store.definitions import define, take_turn
from beat_schedule.store.holds import keep_holds
from beat_schedule.store.models import Hold
from beat_schedule.store.operators import Audit, OperatorsEntry
from tests.holds import a_pause
from tests.recorded import days

YEAR = timedelta(days=50)


@pytest.fixture
def say(sessions):
    """An operator says it at that time, or takes it back."""

    def say(key, options, at):
        with sessions.begin() as session:
            said = Definition(
                key=key,
                kind=EntryKind.OVERRIDE,
                options=options,
                version=take_turn(session, at),
                at=at,
            )
            define(session, [said], by="ada", why="")

    return say


def test_notes_go_by_their_age(sessions, clean):
    with sessions.begin() as session:
        for day in (49, 51):
            note(session, at=days(day), who="ada", by="cli", action="pause", target="a")

    gone, _ = clean(audit=YEAR)

    assert gone.changes == 1
    with sessions() as session:
        assert [each.at for each in noted(session)] == [days(51)]


def test_what_was_taken_back_is_forgotten_after_as_long_and_what_stands_never(clean, left, say):
    say("stands", {"queue": "long"}, days(0))
    say("gone for long", None, days(49))
    say("gone", None, days(51))

    gone, _ = clean(audit=YEAR)

    assert gone.definitions == 1
    assert left(OperatorsEntry.key) == {"stands", "gone"}


def test_that_an_entry_with_another_key_before_has_no_override_is_not_forgotten(clean, left, say):
    """Else that of the old key, which waits for a deploy that is taken back, would come over."""
    say("new key", None, days(0))
    say("old key", {"queue": "long"}, days(0))

    clean(audit=YEAR, renamed=frozenset({"new key"}))

    assert left(OperatorsEntry.key) == {"new key", "old key"}


@pytest.fixture
def held(sessions):
    """These targets, each until then."""

    def held(**until):
        holds = [a_pause(target, since=days(0), until=at) for target, at in until.items()]
        with sessions.begin() as session:
            keep_holds(session, holds)

    return held


def test_holds_that_are_over_go_as_what_was_taken_back_does(clean, left, held):
    held(goes_on=None, to_come=days(200), over=days(51), over_for_long=days(49))

    gone, _ = clean(audit=YEAR)

    assert gone.holds == 1
    assert left(Hold.target) == {"goes_on", "to_come", "over"}


def test_they_stay_as_long_as_something_is_caught_up_with(clean, left, held):
    held(over=days(49))

    clean(audit=YEAR, least={"daily": days(101) - days(48)})

    assert left(Hold.target) == {"over"}


def test_that_an_entry_with_another_key_before_is_held_no_more_is_not_forgotten(clean, left, held):
    """Else a hold of the old key would come over."""
    held(new_key=days(0), old_key=None)

    clean(audit=YEAR, renamed=frozenset({"new_key"}))

    assert left(Hold.target) == {"new_key", "old_key"}


def test_many_go_in_small_steps(sessions, clean, left, monkeypatch):
    monkeypatch.setattr("beat_schedule.store.retention.ROWS_AT_ONCE", 2)
    with sessions.begin() as session:
        for _ in range(5):
            note(session, at=days(1), who="ada", by="cli", action="pause", target="a")

    _, told = clean(audit=YEAR)

    assert left(Audit.id) == set()
    assert told == [2, 4, 5]
