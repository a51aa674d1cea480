"""What guards look at, and how often the database is asked for it."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.features import Toggle
from beat_schedule.runs.guards import SwitchBoard
from beat_schedule.store.features import switch, sync
from beat_schedule.store.holds import every_hold, keep_holds

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_hold(target=EVERYTHING, kind=HoldKind.PAUSED, version=1, why="deploy"):
    return Hold(
        target=target, kind=kind, since=NOON, until=None, by="ada", why=why, version=version
    )


@pytest.fixture
def board():
    return SwitchBoard(["SYNC"])


@pytest.fixture
def read(board, sessions):
    def read():
        with sessions.begin() as session:
            return board.read(session)

    return read


@pytest.fixture
def keep(sessions):
    def keep(*holds):
        with sessions.begin() as session:
            keep_holds(session, holds)

    return keep


@pytest.fixture
def asked(engine):
    """The statements of a block."""

    @contextmanager
    def asked():
        statements = []

        def note(_connection, _cursor, statement, *_):
            if not statement.startswith("BEGIN"):
                statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        yield statements
        event.remove(engine, "before_cursor_execute", note)

    return asked


def test_holds_and_features_are_read_with_one_question_each(keep, read, sessions, asked):
    with sessions.begin() as session:
        sync(session, [Toggle("SYNC", "Index"), Toggle("MAIL", "Mail", active=False)], NOON)
    keep(a_hold())

    with asked() as statements:
        switches = read()

    assert len(statements) == 3
    assert switches.holds == {EVERYTHING: a_hold()}
    assert switches.features.rows == {"SYNC": True, "MAIL": False}
    assert switches.features.declared == {"SYNC"}


def test_nothing_but_the_revision_is_asked_while_nothing_changes(read, asked):
    before = read()

    with asked() as statements:
        assert read() is before

    [statement] = statements
    assert "FROM revision" in statement
    assert "WHERE revision.name" in statement


def test_a_change_is_seen_by_the_next_to_ask(keep, read, sessions):
    with sessions.begin() as session:
        sync(session, [Toggle("SYNC", "Index")], NOON)
    assert read().features.rows == {"SYNC": True}

    with sessions.begin() as session:
        switch(session, "SYNC", active=False, by="ada", why="", at=NOON)
    assert read().features.rows == {"SYNC": False}

    keep(a_hold("an entry"))
    assert "an entry" in read().holds


def test_what_was_read_last_is_at_hand_without_a_question(board, keep, read):
    assert board.latest.holds == {}
    assert board.latest.features.declared == {"SYNC"}
    keep(a_hold())

    read()

    assert EVERYTHING in board.latest.holds


def test_maintenance_is_a_hold_of_everything(keep, read):
    keep(a_hold("an entry", HoldKind.MAINTENANCE), a_hold(EVERYTHING, HoldKind.PAUSED))
    assert read().maintenance is None

    keep(a_hold(EVERYTHING, HoldKind.MAINTENANCE, version=2))

    assert read().maintenance == a_hold(EVERYTHING, HoldKind.MAINTENANCE, version=2)


def test_an_older_hold_does_not_replace_a_newer_one(keep, sessions):
    keep(a_hold(version=5, why="newer"))

    keep(a_hold(version=4, why="older"))

    with sessions.begin() as session:
        [hold] = every_hold(session)
    assert hold.why == "newer"
