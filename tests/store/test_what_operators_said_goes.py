"""What operators said and changed stays on record for long, and not for ever."""

from datetime import timedelta

import pytest

from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.store.audit import note, noted
from beat_schedule.store.definitions import define, take_turn
from beat_schedule.store.operators import Audit, OperatorsEntry
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


def test_many_go_in_small_steps(sessions, clean, left, monkeypatch):
    monkeypatch.setattr("beat_schedule.store.retention.ROWS_AT_ONCE", 2)
    with sessions.begin() as session:
        for _ in range(5):
            note(session, at=days(1), who="ada", by="cli", action="pause", target="a")

    _, told = clean(audit=YEAR)

    assert left(Audit.id) == set()
    assert told == [2, 4, 5]
