"""The gate: who inserts the row runs, everybody else is told whose it is."""

import dataclasses
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from beat_schedule.store.awaiting import await_start
from beat_schedule.store.endings import add_lines, close_run, give_back, standing
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.models import Outcome, Run, RunLine, RunState, Trigger
from beat_schedule.store.runs import (
    Admitted,
    AlreadyStarted,
    Ending,
    Line,
    NotNow,
    NotYet,
    Opening,
    Standing,
)
from tests.openings import NOON, an_opening


def another_delivery(opening, **changes):
    return dataclasses.replace(opening, token=uuid.uuid4(), worker="elsewhere", **changes)


def an_ending(outcome=Outcome.SUCCEEDED, **changes):
    return Ending(outcome=outcome, finished_at=NOON + timedelta(minutes=1), **changes)


@pytest.fixture
def opened(sessions: Sessions) -> Opening:
    opening = an_opening()
    with sessions.begin() as session:
        open_run(session, opening)
    return opening


def test_the_first_delivery_is_admitted_and_stands_in_the_record(sessions: Sessions):
    opening = an_opening(args=(1, "two"), kwargs={"three": [3.0]})

    with sessions.begin() as session:
        answer = open_run(session, opening)

    assert answer == Admitted(attempt=1)
    with sessions() as session:
        row = session.get_one(Run, opening.run_id)
    assert (row.state, row.due_at, row.args, row.kwargs) == (
        RunState.RUNNING,
        NOON,
        [1, "two"],
        {"three": [3.0]},
    )


def test_a_second_delivery_is_told_who_was_first(sessions: Sessions, opened: Opening):
    with sessions.begin() as session:
        answer = open_run(session, another_delivery(opened))

    assert answer == AlreadyStarted(RunState.RUNNING, None, "somewhere")


def test_a_repeated_try_with_my_token_is_mine(sessions: Sessions, opened: Opening):
    with sessions.begin() as session:
        answer = open_run(session, opened)

    assert answer == Admitted(attempt=1)


def test_of_many_at_once_one_is_admitted(sessions: Sessions):
    opening = an_opening()

    def deliver(_: int) -> object:
        with sessions.begin() as session:
            return open_run(session, another_delivery(opening))

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(deliver, range(8)))

    assert [type(answer) for answer in answers].count(Admitted) == 1
    assert [type(answer) for answer in answers].count(AlreadyStarted) == 7


def test_a_run_ends_once(sessions: Sessions, opened: Opening):
    with sessions.begin() as session:
        assert close_run(session, opened.run_id, opened.token, an_ending(counts={"sent": 3}))
        assert not close_run(session, opened.run_id, opened.token, an_ending(Outcome.LOST))

    with sessions() as session:
        row = session.get_one(Run, opened.run_id)
        assert (row.state, row.outcome, row.counts) == (
            RunState.ENDED,
            Outcome.SUCCEEDED,
            {"sent": 3},
        )


def test_who_does_not_own_a_run_cannot_end_it(sessions: Sessions, opened: Opening):
    with sessions.begin() as session:
        assert not close_run(session, opened.run_id, uuid.uuid4(), an_ending())

    with sessions() as session:
        assert standing(session, opened.run_id) == Standing(opened.token, RunState.RUNNING, None)


def test_an_ended_run_does_not_start_again(sessions: Sessions, opened: Opening):
    with sessions.begin() as session:
        close_run(session, opened.run_id, opened.token, an_ending())
        answer = open_run(session, opened)

    assert answer == AlreadyStarted(RunState.ENDED, Outcome.SUCCEEDED, "somewhere")


def test_a_waiting_run_goes_on_in_its_next_attempt_but_not_early(
    sessions: Sessions, opened: Opening
):
    later = another_delivery(opened, attempt=2, started_at=NOON + timedelta(minutes=5))

    with sessions.begin() as session:
        at = NOON + timedelta(minutes=1)
        assert give_back(session, opened.run_id, opened.token, an_ending(Outcome.FAILED), at)
        early = open_run(session, another_delivery(opened))
        by_hand = open_run(session, another_delivery(opened, trigger=Trigger.CALL, attempt=2))
        answer = open_run(session, later)

    assert early == NotNow("it waits until 2026-03-10 12:01:00+00:00")
    # Celery has its own message for that, and it is to be asked again.
    assert by_hand == NotYet(at)
    assert answer == Admitted(attempt=2)


def test_a_run_that_was_given_its_row_starts_whatever_a_slow_clock_says(sessions: Sessions):
    sent = an_opening(queued_at=NOON + timedelta(seconds=10))
    with sessions.begin() as session:
        assert await_start(session, sent)

    with sessions.begin() as session:
        assert open_run(session, another_delivery(sent)) == Admitted(attempt=1)


def test_a_next_attempt_that_overtakes_the_last_is_asked_to_come_again(
    sessions: Sessions, opened: Opening
):
    with sessions.begin() as session:
        answer = open_run(session, another_delivery(opened, attempt=2))

    assert answer == NotYet(None)


def test_what_a_database_cannot_store_does_not_lose_the_run(sessions: Sessions):
    opening = an_opening(kwargs={"nul": "a\x00b", "nan": float("nan"), "half": "\ud800"})

    with sessions.begin() as session:
        open_run(session, opening)
        close_run(session, opening.run_id, opening.token, an_ending(error="\x00"))

    with sessions() as session:
        row = session.get_one(Run, opening.run_id)
    assert row.kwargs == {"nul": "a\\x00b", "nan": "nan", "half": "\\ud800"}
    assert row.error == "\\x00"


def test_lines_of_a_later_attempt_follow_those_of_the_first(sessions: Sessions, opened: Opening):
    with sessions.begin() as session:
        add_lines(session, opened.run_id, [Line(NOON, "info", "one"), Line(NOON, "info", "two")])
        add_lines(session, opened.run_id, [Line(NOON, "error", "three")])

    with sessions() as session:
        kept = session.scalars(select(RunLine).order_by(RunLine.number))
        assert [(line.number, line.text) for line in kept] == [(0, "one"), (1, "two"), (2, "three")]
