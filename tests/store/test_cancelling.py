"""A run that a person ends: however it stands, and whoever else is at it."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from beat_schedule.policies import Overlap
from beat_schedule.store.attempts import attempts_of, events_of
from beat_schedule.store.cancelling import (
    Cancelled,
    NotStarted,
    Over,
    cancel,
    cancel_unstarted,
)
from beat_schedule.store.endings import close_run
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, Run, RunState, Trigger
from beat_schedule.store.record import run_named
from beat_schedule.store.runs import AlreadyStarted, Ending
from tests.openings import an_opening
from tests.recorded import ENTRY, NOON, a_run, an_attempt, keep, minutes
from tests.store.decided import run_of, sent

DONE = {"by": "ada", "why": "not today", "now": minutes(5)}


@pytest.fixture
def end(sessions: Sessions):
    """Cancel a run that has its row."""

    def end(run_id):
        with sessions.begin() as session:
            return cancel(session, run_id, **DONE)

    return end


@pytest.fixture
def close(sessions: Sessions):
    """Cancel a run that was sent."""

    def close(line):
        asked = NotStarted(
            run=line.run,
            entry=line.entry,
            task="tasks.shop.close",
            due_at=line.first_due,
            trigger=Trigger.SCHEDULE,
            queue=line.queue,
            queued_at=line.decided_at,
        )
        with sessions.begin() as session:
            return cancel_unstarted(session, asked, **DONE)

    return close


@pytest.fixture
def row(sessions: Sessions):
    def row(run_id):
        with sessions() as session:
            return run_named(session, str(run_id))

    return row


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.RUNNING])
def test_a_run_that_waits_or_runs_ends_as_cancelled(sessions, end, row, state):
    run = a_run(outcome=None, state=state, slot=ENTRY, celery_id="abc", not_before=minutes(9))
    keep(sessions, run)

    done = end(run.id)

    assert done == Cancelled(
        run=run.id, entry=ENTRY, was=state, worker="celery@one", celery_id="abc"
    )
    found = row(run.id)
    assert (found.outcome, found.state) == (Outcome.CANCELLED, RunState.ENDED)
    assert (found.reason, found.finished_at) == ("cancelled by ada: not today", minutes(5))
    assert found.not_before is None
    with sessions() as session:
        [event] = events_of(session, run.id)
        assert session.get(Run, run.id).slot is None
    assert (event.event, event.text, event.at) == ("cancelled", "ada: not today", minutes(5))


def test_a_run_that_has_ended_stays_as_it_ended(sessions, end, row):
    run = a_run(outcome=Outcome.FAILED)
    keep(sessions, run)

    assert end(run.id) == Over(run=run.id, entry=ENTRY, outcome=Outcome.FAILED)
    assert row(run.id).outcome is Outcome.FAILED


def test_twice_is_once(sessions, end):
    run = a_run(outcome=None)
    keep(sessions, run)
    end(run.id)

    assert end(run.id) == Over(run=run.id, entry=ENTRY, outcome=Outcome.CANCELLED)
    with sessions() as session:
        assert len(events_of(session, run.id)) == 1


def test_what_has_no_row_is_not_ended_so(end):
    assert end(uuid.uuid4()) is None


def test_the_attempts_before_stay_and_a_waiting_run_has_no_other(sessions, end, row):
    run = a_run(outcome=None, state=RunState.WAITING)
    keep(sessions, run, an_attempt(run))

    end(run.id)

    with sessions() as session:
        attempts = attempts_of(session, row(run.id))
    assert [(each.number, each.ending) for each in attempts] == [(1, "failed")]


def test_whoever_carries_it_out_commits_nothing_afterwards(sessions, end):
    opening = an_opening()
    with sessions.begin() as session:
        open_run(session, opening)
    end(opening.run_id)

    with sessions.begin() as session:
        ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=minutes(9))
        assert close_run(session, opening.run_id, opening.token, ending) is False


def test_another_run_of_its_entry_may_start_at_once(sessions, end):
    first, second = (an_opening(overlap=Overlap.SKIP) for _ in range(2))
    with sessions.begin() as session:
        open_run(session, first)

    end(first.run_id)

    with sessions.begin() as session:
        assert open_run(session, second).attempt == 1


def test_what_was_sent_never_starts_and_is_looked_for_no_more(sessions, close, row):
    line = sent()
    journal = Journal(sessions)
    journal.keep([line], [], None)

    assert close(line) == Cancelled(run=line.run, entry=ENTRY, was=None)

    found = row(line.run)
    assert (found.outcome, found.has_started, found.due_at) == (Outcome.CANCELLED, False, NOON)
    assert journal.unstarted(minutes(9), [ENTRY]) == []
    opening = an_opening(run_id=line.run, due_at=NOON)
    with sessions.begin() as session:
        answer = open_run(session, opening)
    assert isinstance(answer, AlreadyStarted)
    assert answer.outcome is Outcome.CANCELLED


def test_what_starts_in_this_very_moment_is_ended_like_a_running_one(sessions, close):
    line = sent()
    with sessions.begin() as session:
        open_run(session, an_opening(run_id=line.run))

    assert close(line).was is RunState.RUNNING


def test_of_a_gate_and_a_person_at_once_one_is_first(sessions, close, row):
    lines = [sent(minutes(number)) for number in range(30)]
    openings = [an_opening(run_id=line.run, due_at=line.first_due) for line in lines]

    def start(opening):
        with sessions.begin() as session:
            return open_run(session, opening)

    with ThreadPoolExecutor(max_workers=2) as pool:
        starts = pool.map(start, openings)
        ends = list(pool.map(close, reversed(lines)))
        started = list(starts)

    assert all(isinstance(each, Cancelled) for each in ends)
    assert {row(line.run).outcome for line in lines} == {Outcome.CANCELLED}
    never = [each for each in started if isinstance(each, AlreadyStarted)]
    assert len(never) == sum(each.was is None for each in ends)
    assert run_of(ENTRY, NOON) == lines[0].run
