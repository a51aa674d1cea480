"""An attempt that failed is made again, on the terms of its entry."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from celery.exceptions import Retry, SoftTimeLimitExceeded

from beat_schedule.policies import RunPolicy
from beat_schedule.runs.again import JITTER, LONGEST_PAUSE, after_failure
from beat_schedule.runs.verdict import Carried, GoesOnError
from beat_schedule.store.models import Attempt, Outcome, RunState
from tests.openings import NOON, an_opening
from tests.unit.runs.stories import events, row_of

TWICE = RunPolicy(retries=2, retry_backoff=timedelta(seconds=10))


def raising(error):
    def call(_):
        raise error

    return call


@pytest.fixture
def attempts(sessions):
    def attempts(opening):
        with sessions() as session:
            rows = session.query(Attempt).filter_by(run_id=opening.run_id)
            return [(row.number, row.ending, row.error) for row in rows.order_by(Attempt.number)]

    return attempts


def test_the_run_waits_in_its_row_and_celery_is_told_that_it_is_tried_again(
    runner, sessions, attempts, log
):
    opening = an_opening()

    with pytest.raises(GoesOnError) as raised:
        runner.carry_out(opening, raising(ValueError("no")), policy=TWICE)

    assert isinstance(raised.value.__cause__, Retry)
    row = row_of(sessions, opening)
    assert (row.state, row.failed_count, row.outcome) == (RunState.WAITING, 1, None)
    pause = row.not_before - runner.clock.now()
    assert abs(pause - timedelta(seconds=10)) <= timedelta(seconds=10 * JITTER)
    assert attempts(opening) == [(1, "failed", "ValueError: no")]
    assert events(log)[-1] == "run.retrying"


def test_a_later_attempt_that_succeeds_ends_the_run_well(runner, sessions, attempts, clock):
    opening = an_opening()
    with pytest.raises(GoesOnError):
        runner.carry_out(opening, raising(ValueError("no")), policy=TWICE)
    clock.advance(timedelta(minutes=1))

    again = replace(opening, token=uuid.uuid4())
    verdict = runner.carry_out(again, lambda context: context.attempt, policy=TWICE)

    assert verdict == Carried(2)
    row = row_of(sessions, opening)
    assert (row.outcome, row.attempt, row.error) == (Outcome.SUCCEEDED, 2, None)
    assert attempts(opening) == [(1, "failed", "ValueError: no")]


def test_after_the_last_attempt_the_run_has_failed(runner, sessions, attempts, clock):
    opening = an_opening()
    for number in (1, 2):
        with pytest.raises(GoesOnError):
            runner.carry_out(
                replace(opening, token=uuid.uuid4()), raising(ValueError(number)), policy=TWICE
            )
        clock.advance(timedelta(minutes=1))

    with pytest.raises(ValueError, match="the last"):
        runner.carry_out(
            replace(opening, token=uuid.uuid4()), raising(ValueError("the last")), policy=TWICE
        )

    row = row_of(sessions, opening)
    assert (row.outcome, row.attempt, row.error) == (Outcome.FAILED, 3, "ValueError: the last")
    assert [number for number, *_ in attempts(opening)] == [1, 2]


def test_a_time_limit_is_a_failure_like_another(runner, sessions, attempts):
    opening = an_opening()

    with pytest.raises(GoesOnError):
        runner.carry_out(opening, raising(SoftTimeLimitExceeded(1)), policy=TWICE)

    assert row_of(sessions, opening).state is RunState.WAITING
    assert attempts(opening)[0][:2] == (1, "timed out")


def test_without_retries_a_failure_is_the_end(runner, sessions):
    opening = an_opening()

    with pytest.raises(ValueError, match="no"):
        runner.carry_out(opening, raising(ValueError("no")))

    assert row_of(sessions, opening).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (ConnectionRefusedError(), 2),
        (KeyError("no"), 0),
        (SoftTimeLimitExceeded(), 0),
        (None, 0),
        (KeyboardInterrupt(), 0),
    ],
)
def test_only_what_is_named_is_tried_again(error, times):
    policy = replace(TWICE, retry_on=("ConnectionError",))

    assert after_failure(policy, error, 1, NOON).times == times


def test_a_hard_limit_goes_by_the_name_of_the_soft_one():
    policy = replace(TWICE, retry_on=("billiard.exceptions.SoftTimeLimitExceeded",))

    assert after_failure(policy, None, 1, NOON).times == 2


def test_the_pause_doubles_up_to_an_hour():
    def pause(attempt):
        again = after_failure(TWICE, ValueError(), attempt, NOON)
        return again.not_before - NOON

    assert abs(pause(3) - timedelta(seconds=40)) <= timedelta(seconds=40 * JITTER)
    assert pause(10_000) <= LONGEST_PAUSE * (1 + JITTER)
    assert pause(10_000) >= LONGEST_PAUSE * (1 - JITTER)
