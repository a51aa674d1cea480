from datetime import UTC, datetime, timedelta

from beat_schedule.dispatch.due import Due, due
from beat_schedule.schedules import Cron, Every

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NO_SPREAD = timedelta(0)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_nothing_is_due_between_two_due_times():
    assert due(Cron("0 * * * *"), NO_SPREAD, NOON, NOON + seconds(3599)) is None


def test_a_due_time_belongs_to_the_span_that_ends_with_it_and_not_to_the_one_that_begins_with_it():
    hourly = Cron("0 * * * *")

    assert due(hourly, NO_SPREAD, NOON - seconds(1), NOON) == Due((NOON,), coalesced=0)
    assert due(hourly, NO_SPREAD, NOON, NOON + seconds(1)) is None


def test_due_times_that_are_on_time_are_sent_each_by_itself():
    found = due(Every("1s"), NO_SPREAD, NOON - seconds(3), NOON)

    assert found == Due((NOON - seconds(2), NOON - seconds(1), NOON), coalesced=0)


def test_the_newest_of_the_late_ones_is_sent_for_all_of_them():
    found = due(Cron("0 * * * *"), NO_SPREAD, NOON - seconds(3 * 3600), NOON + seconds(600))

    assert found == Due((NOON,), coalesced=2)


def test_late_ones_do_not_swallow_those_on_time():
    found = due(Every("10s"), NO_SPREAD, NOON - seconds(40), NOON)

    assert found == Due((NOON - seconds(20), NOON - seconds(10), NOON), coalesced=1)


def test_spread_delays_the_sending_and_leaves_the_due_time():
    hourly, spread = Cron("0 * * * *"), seconds(17 * 60)

    assert due(hourly, spread, NOON - seconds(60), NOON + spread - seconds(1)) is None
    assert due(hourly, spread, NOON - seconds(60), NOON + spread) == Due((NOON,), coalesced=0)
