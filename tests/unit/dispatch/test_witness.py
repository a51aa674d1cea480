from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.dispatch.errors import DoubtError
from beat_schedule.dispatch.witness import Witness
from beat_schedule.testing import ManualClock

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


def heard(clock: ManualClock, witness: Witness, said: datetime) -> None:
    witness.hear(said, clock.monotonic(), clock.monotonic())


def test_before_redis_has_said_anything_it_is_no_time_at_all(clock: ManualClock):
    with pytest.raises(DoubtError):
        Witness(clock).now()


def test_the_time_goes_on_between_two_answers_of_redis(clock: ManualClock):
    witness = Witness(clock)
    heard(clock, witness, NOON + SECOND)

    clock.advance(5 * SECOND)

    assert witness.now() == NOON + 6 * SECOND


def test_a_small_step_is_followed(clock: ManualClock):
    witness = Witness(clock)
    heard(clock, witness, NOON)

    heard(clock, witness, NOON - 1.5 * SECOND)

    assert witness.now() == NOON - 1.5 * SECOND


@pytest.mark.parametrize("step", [HOUR, -HOUR, 3 * SECOND])
def test_a_step_that_no_other_clock_confirms_is_doubted_until_it_is_over(
    clock: ManualClock, step: timedelta
):
    witness = Witness(clock)
    heard(clock, witness, NOON)

    heard(clock, witness, NOON + step)
    with pytest.raises(DoubtError, match="from where it should be"):
        witness.now()

    clock.advance(SECOND)
    heard(clock, witness, NOON + SECOND)
    assert witness.now() == NOON + SECOND


def test_a_correction_that_this_machines_own_clock_confirms_is_believed(clock: ManualClock):
    witness = Witness(clock)
    heard(clock, witness, NOON + 50 * SECOND)

    heard(clock, witness, NOON + SECOND)

    assert witness.now() == NOON + SECOND


def test_where_this_machines_clock_is_wrong_the_databases_may_be_the_witness(clock: ManualClock):
    database = NOON + HOUR
    witness = Witness(clock, [lambda: database])

    heard(clock, witness, NOON + HOUR)

    assert witness.now() == NOON + HOUR
    assert witness.offset() == -HOUR


def test_a_redis_an_hour_from_every_other_clock_is_not_believed_at_first_sight(clock: ManualClock):
    witness = Witness(clock, [lambda: None])

    heard(clock, witness, NOON + HOUR)

    with pytest.raises(DoubtError):
        witness.now()


def test_a_slow_answer_says_nothing(clock: ManualClock):
    witness = Witness(clock)
    heard(clock, witness, NOON)
    asked_at = clock.monotonic()
    clock.advance(4 * SECOND)

    witness.hear(NOON + SECOND, asked_at, clock.monotonic())

    assert witness.now() == NOON + 4 * SECOND
