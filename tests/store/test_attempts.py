"""What becomes of a run whose attempt went wrong, and what its record tells of each."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from beat_schedule.decisions import Running
from beat_schedule.store.endings import close_run, end_attempt
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Attempt, Outcome, Run, RunEvent, RunState
from beat_schedule.store.runs import Admitted, Again, Closed, Ending
from beat_schedule.store.signs import sign_of_life
from tests.openings import NOON, an_opening

MINUTE = timedelta(minutes=1)
AGAIN = Again(times=1, not_before=NOON + 2 * MINUTE)


def an_ending(outcome=Outcome.FAILED, **more):
    return Ending(outcome=outcome, finished_at=NOON + MINUTE, **more)


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


@pytest.fixture
def opened(sessions: Sessions):
    opening = an_opening(reruns=1, worker="one")
    with sessions.begin() as session:
        open_run(session, opening)
    return opening


def the_only_row(sessions):
    with sessions() as session:
        return session.scalars(select(Run)).one()


def attempts(sessions):
    with sessions() as session:
        rows = session.scalars(select(Attempt).order_by(Attempt.number))
        return [(row.number, row.worker, row.ending, row.reason, row.error) for row in rows]


def test_a_failed_attempt_is_kept_and_its_run_waits(sessions: Sessions, opened):
    failed = an_ending(error="ValueError: no", traceback="…")
    with sessions.begin() as session:
        stands = end_attempt(session, opened.run_id, opened.token, failed, AGAIN)

    row = the_only_row(sessions)
    assert stands is RunState.WAITING
    assert (row.state, row.not_before, row.failed_count) == (
        RunState.WAITING,
        AGAIN.not_before,
        1,
    )
    assert attempts(sessions) == [(1, "one", "failed", None, "ValueError: no")]


def test_after_the_last_attempt_the_run_is_over(sessions: Sessions, opened):
    again = replace(opened, token=uuid.uuid4(), started_at=AGAIN.not_before, worker="two")
    with sessions.begin() as session:
        end_attempt(session, opened.run_id, opened.token, an_ending(error="first"), AGAIN)
        assert open_run(session, again) == Admitted(2)
        second = an_ending(error="second")
        stands = end_attempt(session, opened.run_id, again.token, second, AGAIN)

    row = the_only_row(sessions)
    assert stands is Outcome.FAILED
    assert (row.outcome, row.error, row.worker) == (Outcome.FAILED, "second", "two")
    assert [number for number, *_ in attempts(sessions)] == [1]


def test_only_its_owner_ends_an_attempt(sessions: Sessions, opened):
    with sessions.begin() as session:
        assert end_attempt(session, opened.run_id, uuid.uuid4(), an_ending(), AGAIN) is None


def test_who_shows_no_sign_of_life_loses_the_run_and_cannot_end_it(
    sessions: Sessions, journal, opened
):
    [seen] = journal.running()
    assert (seen.run, seen.token, seen.worker) == (opened.run_id, opened.token, "one")

    assert journal.take_over(seen, NOON + MINUTE) == "waiting"

    row = the_only_row(sessions)
    assert (row.state, row.lost_count, row.not_before) == (RunState.WAITING, 1, NOON + MINUTE)
    assert attempts(sessions) == [(1, "one", "lost", row.reason, None)]
    assert row.reason == "one gave no sign of life any more"
    with sessions.begin() as session:
        assert end_attempt(session, opened.run_id, opened.token, an_ending(), AGAIN) is None
        assert [event.event for event in session.scalars(select(RunEvent))] == ["taken over"]


def test_who_shows_himself_meanwhile_keeps_it(sessions: Sessions, journal, opened):
    [seen] = journal.running()
    with sessions.begin() as session:
        sign_of_life(session, [(opened.run_id, opened.token)])

    assert journal.take_over(seen, NOON) is None
    assert the_only_row(sessions).state is RunState.RUNNING


def test_a_run_that_is_just_ending_holds_up_nobody_who_looks_for_the_dead(
    postgres_url, monkeypatch
):
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=2s")
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)
    opening = an_opening(reruns=1)
    with sessions.begin() as session:
        open_run(session, opening)
    journal = Journal(sessions)
    [silent] = journal.running()

    with sessions.begin() as ending:
        close_run(ending, opening.run_id, opening.token, an_ending(Outcome.SUCCEEDED))
        assert journal.take_over(silent, NOON) is None

    assert the_only_row(sessions).outcome is Outcome.SUCCEEDED
    engine.dispose()


def test_a_run_that_was_lost_too_often_is_given_up(sessions: Sessions, journal, opened):
    journal.take_over(*journal.running(), NOON)
    with sessions.begin() as session:
        open_run(session, replace(opened, token=uuid.uuid4(), started_at=NOON + MINUTE))

    assert journal.take_over(*journal.running(), NOON + MINUTE) == "lost"
    row = the_only_row(sessions)
    assert (row.outcome, row.slot, row.attempt) == (Outcome.LOST, None, 2)


def test_signs_of_life_are_given_for_ones_own_runs_alone(sessions: Sessions, journal, opened):
    other = an_opening()
    with sessions.begin() as session:
        open_run(session, other)
        sign_of_life(session, [(opened.run_id, opened.token), (other.run_id, uuid.uuid4())])

    beats = {each.run: each.beat for each in journal.running()}
    assert beats == {opened.run_id: 1, other.run_id: 0}


def test_a_run_that_nobody_knows_is_not_taken_over(journal):
    nobody = Running(run=uuid.uuid4(), entry="", worker="", token=uuid.uuid4(), beat=0)

    assert journal.take_over(nobody, NOON) is None


def test_what_comes_too_late_is_closed_as_expired(sessions: Sessions):
    late = an_opening(expires_at=NOON, started_at=NOON + MINUTE)
    with sessions.begin() as session:
        answer = open_run(session, late)

    assert answer == Closed(Outcome.EXPIRED, "it had to start by 2026-03-10 12:00:00+00:00")
    assert the_only_row(sessions).outcome is Outcome.EXPIRED


def test_what_a_guard_refuses_never_starts_and_its_record_says_why(sessions: Sessions):
    opening = an_opening()
    with sessions.begin() as session:
        answer = open_run(session, opening, lambda _session, _opening: "paused by ada: deploy")
        assert open_run(session, opening, None).state is RunState.ENDED

    assert answer == Closed(Outcome.SKIPPED, "paused by ada: deploy")
    assert the_only_row(sessions).reason == "paused by ada: deploy"


def test_a_guard_closes_what_waits_and_leaves_alone_what_runs(sessions: Sessions, opened):
    def refuse(_session, _opening):
        return "no"

    delivery = replace(opened, token=uuid.uuid4(), started_at=AGAIN.not_before)
    with sessions.begin() as session:
        assert open_run(session, delivery, refuse).state is RunState.RUNNING
        end_attempt(session, opened.run_id, opened.token, an_ending(), AGAIN)
        assert open_run(session, delivery, refuse) == Closed(Outcome.SKIPPED, "no")


def test_a_delivery_too_many_is_dropped_on_record(sessions: Sessions, opened):
    with sessions.begin() as session:
        open_run(session, replace(opened, token=uuid.uuid4(), worker="two"))

    with sessions() as session:
        [event] = session.scalars(select(RunEvent))
    assert (event.run, event.event) == (opened.run_id, "dropped")
    assert event.text == "two was handed it once more: already running"


def test_a_worker_whose_clock_is_a_second_behind_starts_what_is_handed_to_it(
    sessions: Sessions, opened
):
    behind = AGAIN.not_before - timedelta(seconds=1)
    with sessions.begin() as session:
        end_attempt(session, opened.run_id, opened.token, an_ending(), AGAIN)
        again = replace(opened, token=uuid.uuid4(), started_at=behind)

        assert open_run(session, again) == Admitted(2)
