"""Entries that operators made to be due once: they go when that is over, their history stays."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from beat_schedule.decisions import Decision, Definition, EntryKind
from beat_schedule.store.audit import noted
from beat_schedule.store.definitions import count_made, define, definition_of, take_turn
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import RunState
from beat_schedule.store.spent import Once, take_away
from tests.recorded import NOW, a_run, days, keep
from tests.store.decided import sent

DUE = days(50)
KEY = "for ada"


@pytest.fixture
def made(sessions):
    """It was made to be due then; what is known of it."""

    def made(key=KEY, due_at=DUE):
        with sessions.begin() as session:
            version = take_turn(session, days(40))
            options = {"task": "tasks.a", "once": due_at.isoformat()}
            said = Definition(
                key=key, kind=EntryKind.ENTRY, options=options, version=version, at=days(40)
            )
            define(session, [said], by="ada", why="")
            count_made(session, 1)
        return {key: Once(due_at, version)}

    return made


@pytest.fixture
def stands(sessions):
    def stands(key=KEY):
        with sessions() as session:
            return definition_of(session, key) is not None

    return stands


@pytest.fixture
def decided(sessions):
    def decided(due_at=DUE, key=KEY, **changes):
        # Of what is missed no run is awaited.
        line = replace(sent(due_at, key), run=None, decision=Decision.MISSED)
        Journal(sessions).keep([replace(line, **changes)], [], None)

    return decided


def test_one_that_is_over_goes_and_it_is_noted(sessions, clean, made, stands, decided):
    once = made()
    decided()
    keep(sessions, run := a_run(DUE, entry=KEY))

    gone, _ = clean(once=once)

    assert gone.entries == 1
    assert not stands()
    with sessions() as session:
        [note] = noted(session, KEY)
        assert (note.action, note.by, note.who) == ("entry.remove", "clean", "hookbeat")
        assert note.before["once"] == DUE.isoformat()
        # There is room for another.
        assert count_made(session, 0) == 0
        assert session.get(type(run), run.id)


def test_one_stays_until_it_is_decided(clean, made, stands, decided):
    once = made()
    decided(DUE - timedelta(days=5))

    assert clean(once=once)[0].entries == 0
    assert stands()


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.WAITING])
def test_one_stays_while_its_run_goes_on(sessions, clean, made, decided, state):
    once = made()
    decided()
    keep(sessions, a_run(DUE, None, entry=KEY, state=state))

    assert clean(once=once)[0].entries == 0


def test_one_stays_while_its_run_has_not_started(clean, made, stands, decided):
    once = made()
    decided(decision=Decision.SENT, run=uuid.uuid4())

    assert clean(once=once)[0].entries == 0
    assert stands()


def test_one_stays_for_two_days_and_longer_where_it_catches_up_longer(clean, made, decided):
    due = {"young": days(99), "old": days(97), "patient": days(97)}
    once = {}
    for key, due_at in due.items():
        once |= made(key, due_at)
        decided(due_at, key)

    assert clean(once=once, least={"patient": timedelta(days=9)})[0].entries == 1


def test_one_that_was_said_anew_meanwhile_stays(sessions, made, stands):
    known = made()
    made(due_at=days(101))

    with sessions.begin() as session:
        assert take_away(session, known, NOW) == 0
    assert stands()
