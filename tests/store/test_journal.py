"""The record as the beat asks it: what it writes down, and what it finds after a loss."""

import dataclasses
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING, Checkpoint, HoldKind, Owed
from beat_schedule.errors import OtherInstallError, RecordAwayError
from beat_schedule.store import engine as engines
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.occurrences import decisions_of
from tests.holds import a_pause
from tests.store.decided import ENTRY, NOON, minutes, sent, span

OWED = Owed(due_at=minutes(-5), why="its run has not ended")
PAUSED = a_pause(ENTRY, since=NOON, version=2)

EVERY_QUESTION = {
    "checkpoint": Journal.checkpoint,
    "begin": lambda journal: journal.begin("ours"),
    "keep": lambda journal: journal.keep([sent()], [], None),
    "decided_after": lambda journal: journal.decided_after(NOON),
    "holds": Journal.holds,
    "unstarted": lambda journal: journal.unstarted(NOON, [ENTRY]),
    "awaited": lambda journal: journal.awaited([uuid.uuid4()], NOON),
    "settled": lambda journal: journal.settled([uuid.uuid4()]),
}


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


def a_checkpoint(cursor=NOON, install="ours", **owing):
    return Checkpoint(install=install, cursor=cursor, owing=owing)


# Beginning, and the checkpoint


def test_a_new_database_has_no_checkpoint_and_takes_the_first_install_id(journal):
    assert journal.checkpoint() is None

    assert journal.begin("ours") == "ours"
    assert journal.begin("another") == "ours"

    assert journal.checkpoint() == a_checkpoint(cursor=None)


def test_of_many_who_begin_at_once_one_gives_the_id_and_all_hear_it(journal):
    with ThreadPoolExecutor(max_workers=8) as pool:
        standing = set(pool.map(journal.begin, map(str, range(8))))

    assert standing == {journal.checkpoint().install}


def test_a_checkpoint_comes_back_with_what_is_owed(journal):
    checkpoint = a_checkpoint(**{ENTRY: OWED})

    journal.keep([], [], checkpoint)

    assert journal.checkpoint() == checkpoint


def test_a_checkpoint_moves_on_and_never_falls(journal):
    journal.begin("ours")
    journal.keep([], [], a_checkpoint(minutes(1), **{ENTRY: OWED}))
    journal.keep([], [], a_checkpoint(minutes(1)))
    journal.keep([], [], a_checkpoint(minutes(0), **{ENTRY: OWED}))
    journal.keep([], [], a_checkpoint(None))

    assert journal.checkpoint() == a_checkpoint(minutes(1))


def test_what_another_redis_says_is_refused_whole(sessions: Sessions, journal):
    journal.begin("ours")

    with pytest.raises(OtherInstallError, match="record of the Redis ours, not of another"):
        journal.keep([sent()], [PAUSED], a_checkpoint(install="another"))

    assert journal.checkpoint().cursor is None
    assert journal.holds() == []
    with sessions() as session:
        assert decisions_of(session) == []


# After a loss


def test_the_newest_decision_of_each_entry_is_found_past_an_instant(journal):
    other = "tasks.sync.pull@all"
    journal.keep([sent(), span(1, 9), sent(minutes(10)), sent(NOON, other)], [], None)

    assert journal.decided_after(minutes(-1)) == {ENTRY: minutes(10), other: NOON}
    assert journal.decided_after(NOON) == {ENTRY: minutes(10)}
    assert journal.decided_after(minutes(10)) == {}


def test_what_a_clock_that_was_ahead_decided_in_advance_counts_for_nothing(journal):
    ahead = journal.now() + timedelta(days=365)
    journal.keep([sent(), sent(ahead)], [], None)

    assert journal.decided_after(minutes(-1)) == {ENTRY: NOON}


def test_every_checkpoint_is_set_back_and_rises_again_from_there(journal, sessions):
    other = Journal(sessions, "hands")
    owing = {ENTRY: Owed(due_at=minutes(-5), why="busy"), "new": Owed(due_at=minutes(5), why="new")}
    for each in (journal, other):
        each.keep([], [], Checkpoint(install="a", cursor=minutes(9), owing=owing))

    journal.set_back(NOON)

    for each in (journal, other):
        assert each.checkpoint().cursor == NOON
        assert each.checkpoint().owing.keys() == {ENTRY}
    journal.keep([], [], Checkpoint(install="a", cursor=minutes(1), owing={}))
    assert journal.checkpoint().cursor == minutes(1)


def test_of_two_holds_the_newer_wins_in_whatever_order_they_come(journal):
    newest = dataclasses.replace(PAUSED, version=3, by="bob", kind=HoldKind.DISABLED)
    older = dataclasses.replace(PAUSED, version=1, why="test")

    journal.keep([], [older, newest, PAUSED], None)
    journal.keep([], [PAUSED, dataclasses.replace(newest, why="the same version again")], None)

    assert journal.holds() == [newest]


def test_a_hold_of_everything_stands_beside_that_of_an_entry(journal):
    everything = dataclasses.replace(PAUSED, target=EVERYTHING, kind=HoldKind.MAINTENANCE)

    journal.keep([], [PAUSED, everything], None)

    assert journal.holds() == [everything, PAUSED]


def test_a_hold_that_has_ended_stays_on_record_lest_a_redis_that_went_back_holds_again(journal):
    ended = dataclasses.replace(PAUSED, until=minutes(1))
    journal.keep([], [ended], a_checkpoint(NOON))

    journal.keep([], [], a_checkpoint(minutes(2)))

    assert journal.holds() == [ended]


def test_the_database_says_what_time_it_is(journal):
    now = journal.now()

    assert now.tzinfo is UTC
    assert abs(now - SystemClock().now()) < timedelta(seconds=5)


# A record that is away


@pytest.mark.parametrize("question", [*EVERY_QUESTION, "now"])
def test_a_database_that_is_away_is_told_in_its_own_words(question):
    journal = Journal(make_sessions(make_engine("postgresql://nobody@127.0.0.1:1/nothing")))

    with pytest.raises(RecordAwayError, match=r"refused.*HOOKBEAT_DATABASE_URL"):
        (EVERY_QUESTION | {"now": Journal.now})[question](journal)


@pytest.mark.parametrize("question", EVERY_QUESTION)
def test_missing_tables_are_told_with_the_cure(empty_database_url, question):
    engine = make_engine(empty_database_url)

    with pytest.raises(RecordAwayError, match=r"\(run `hookbeat migrate`\)"):
        EVERY_QUESTION[question](Journal(make_sessions(engine)))

    engine.dispose()


def test_a_locked_file_refuses_what_writes_and_answers_what_reads(sqlite_url, monkeypatch):
    monkeypatch.setattr(engines, "SQLITE_BUSY_TIMEOUT", 0)
    engine = make_engine(sqlite_url)
    journal = Journal(make_sessions(engine))
    journal.begin("ours")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    for question in ("keep", "begin"):
        with pytest.raises(RecordAwayError, match="locked"):
            EVERY_QUESTION[question](journal)
    for question in ("checkpoint", "decided_after", "holds", "unstarted", "awaited", "settled"):
        EVERY_QUESTION[question](journal)

    other.close()
    journal.keep([sent()], [], None)
    engine.dispose()
