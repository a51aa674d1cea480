"""The record as the beat asks it: what it writes down, and what it finds after a loss."""

import dataclasses
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING, Checkpoint, Decision, Hold, HoldKind, Owed
from beat_schedule.errors import OtherInstallError, RecordAwayError
from beat_schedule.store import engine as engines
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.journal import FORGOTTEN_AFTER, MOST, Journal
from beat_schedule.store.models import Outcome
from beat_schedule.store.occurrences import decisions_of
from beat_schedule.store.runs import Ending, close_run, open_run, set_waiting
from tests.openings import an_opening
from tests.store.decided import ENTRY, NOON, minutes, sent, span

OWED = Owed(due_at=minutes(-5), why="its run has not ended")
PAUSED = Hold(
    target=ENTRY,
    kind=HoldKind.PAUSED,
    since=NOON,
    until=None,
    by="ada",
    why="deploy",
    version=2,
)

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


def start(sessions, line):
    opening = an_opening(run_id=line.run, entry=line.entry, due_at=line.first_due)
    with sessions.begin() as session:
        open_run(session, opening)
    return opening


def end(sessions, opening):
    ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=minutes(1))
    with sessions.begin() as session:
        close_run(session, opening.run_id, opening.token, ending)


def let_wait(sessions, opening):
    with sessions.begin() as session:
        set_waiting(
            session, opening.run_id, opening.token, reason="given back", not_before=minutes(5)
        )


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


# What was sent and never started


def test_what_was_sent_and_has_no_row_is_found_once_it_is_old_enough(journal):
    line = sent(step=3, queue="mails", expires_at=minutes(60))
    journal.keep([line], [], None)

    assert journal.unstarted(line.decided_at, [ENTRY]) == []
    [found] = journal.unstarted(minutes(1), [ENTRY])

    assert (found.entry, found.due_at, found.run) == (ENTRY, NOON, line.run)
    assert (found.queue, found.step) == ("mails", 3)
    assert (found.decided_at, found.expires_at) == (line.decided_at, line.expires_at)


def test_only_what_was_sent_to_workers_of_ours_is_waited_for(journal):
    untracked = sent(minutes(-1), run=None)

    journal.keep([untracked, span(0, 3, Decision.SKIPPED)], [], None)

    assert journal.unstarted(minutes(60), [ENTRY]) == []


def test_sent_in_place_of_another_decision_is_waited_for(journal):
    journal.keep([span(0, 0, Decision.SKIPPED)], [], None)
    journal.keep([sent()], [], None)

    assert [found.run for found in journal.unstarted(minutes(1), [ENTRY])] == [sent().run]


def test_a_run_that_started_is_waited_for_again_when_it_waits(sessions: Sessions, journal):
    journal.keep([sent()], [], None)
    opening = start(sessions, sent())
    assert journal.unstarted(minutes(60), [ENTRY]) == []

    let_wait(sessions, opening)

    assert [found.run for found in journal.unstarted(minutes(60), [ENTRY])] == [sent().run]
    assert journal.unstarted(NOON, [ENTRY]) == []


def test_what_expired_long_ago_is_forgotten(journal):
    journal.keep([sent(expires_at=minutes(1)), sent(minutes(1))], [], None)

    assert len(journal.unstarted(minutes(60), [ENTRY])) == 2
    late = minutes(1) + FORGOTTEN_AFTER
    assert [found.due_at for found in journal.unstarted(late, [ENTRY])] == [minutes(1)]


def test_of_very_many_the_oldest_come_first(journal):
    seconds = [NOON + timedelta(seconds=number) for number in range(MOST + 100)]
    journal.keep([sent(due_at) for due_at in reversed(seconds)], [], None)

    found = journal.unstarted(minutes(60), [ENTRY])

    assert [one.due_at for one in found] == seconds[:MOST]


def test_what_other_entries_sent_is_in_nobodys_way(journal):
    gone = "tasks.gone@daily"
    seconds = [NOON + timedelta(seconds=number) for number in range(MOST)]
    journal.keep([sent(due_at, gone) for due_at in seconds], [], None)
    journal.keep([sent(minutes(30))], [], None)

    found = journal.unstarted(minutes(60), [f"entry {number}" for number in range(3000)] + [ENTRY])

    assert [one.entry for one in found] == [ENTRY]


def test_of_very_many_runs_all_that_may_still_start_are_awaited(sessions: Sessions, journal):
    lines = [sent(NOON + timedelta(seconds=number)) for number in range(2 * MOST)]
    journal.keep(lines, [], None)
    runs = {line.run for line in lines}

    assert journal.awaited([*runs, uuid.uuid4()], NOON) == runs

    start(sessions, lines[0])
    let_wait(sessions, start(sessions, lines[1]))
    end(sessions, start(sessions, lines[2]))

    assert journal.awaited(runs, NOON) == runs - {lines[0].run, lines[2].run}


def test_what_has_expired_is_awaited_no_more(sessions: Sessions, journal):
    lines = [sent(due_at, expires_at=minutes(5)) for due_at in (NOON, minutes(1))]
    journal.keep(lines, [], None)
    let_wait(sessions, start(sessions, lines[0]))
    runs = {line.run for line in lines}

    assert journal.awaited(runs, minutes(4)) == runs
    assert journal.awaited(runs, minutes(5)) == set()


def test_runs_that_ended_are_settled_and_no_others(sessions: Sessions, journal):
    ended, running = sent(), sent(minutes(1))
    end(sessions, start(sessions, ended))
    start(sessions, running)
    unknown = [uuid.uuid4() for _ in range(3000)]

    assert journal.settled([running.run, *unknown, ended.run]) == {ended.run}
    assert journal.settled([]) == set()


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
