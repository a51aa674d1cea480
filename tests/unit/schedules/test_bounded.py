"""A schedule that begins, or ends."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery
from celery.beat import Scheduler

from beat_schedule import Cron, Every, ScheduleError
from beat_schedule.policies import Policy
from beat_schedule.schedules import AnyOf, Bounded, Governed, default_window
from beat_schedule.schedules.base import EARLIEST, LATEST
from beat_schedule.testing import ManualClock

MAY = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = Cron("0 0 * * *")


def test_both_bounds_are_due_times_themselves():
    bounded = Bounded(DAILY, MAY, MAY + 2 * DAY)

    assert list(bounded.between(EARLIEST, LATEST)) == [MAY, MAY + DAY, MAY + 2 * DAY]


def test_what_is_asked_for_within_the_bounds_stays_a_half_open_span():
    bounded = Bounded(DAILY, MAY, MAY + 2 * DAY)

    assert list(bounded.between(MAY, MAY + DAY)) == [MAY + DAY]


def test_before_it_begins_the_next_due_time_is_its_first_and_there_is_no_latest():
    bounded = Bounded(DAILY, not_before=MAY)

    assert bounded.next(MAY - 300 * DAY) == MAY
    assert bounded.latest(MAY - DAY) is None
    assert bounded.latest(MAY + DAY / 2) == MAY


def test_when_it_is_over_there_is_no_next_and_the_latest_stays_its_last():
    bounded = Bounded(DAILY, not_after=MAY)

    assert bounded.first(MAY, LATEST) is None
    assert bounded.latest(MAY + 3000 * DAY) == MAY
    with pytest.raises(ScheduleError, match="no due time after"):
        bounded.next(MAY)


def test_a_stock_beat_lives_on_with_a_schedule_that_is_over():
    clock = ManualClock(MAY + DAY)
    app = Celery("stock", broker="memory://", set_as_current=False)
    over = Governed(Bounded(DAILY, not_after=MAY), Policy(), nowfun=clock.now)
    app.conf.beat_schedule = {"over": {"task": "over", "schedule": over}}

    assert Scheduler(app).tick() > 0
    assert over.remaining_estimate(clock.now()) > 300 * DAY


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(ScheduleError, match="before it begins"):
        Bounded(DAILY, MAY, MAY - DAY)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (
            Bounded(Cron("30 6 * * *", "Europe/Paris"), MAY, MAY + DAY),
            "every day at 06:30 (Europe/Paris), from 2026-05-01 02:00, until 2026-05-02 02:00",
        ),
        (
            Bounded(Every("2h"), not_after=MAY - timedelta(seconds=1)),
            "every 2 hours, until 2026-04-30 23:59:59 UTC",
        ),
        (
            Bounded(AnyOf(DAILY, Every("2h")), MAY).schedule,
            "every day at 00:00 (UTC); every 2 hours",
        ),
    ],
)
def test_it_says_its_bounds_by_its_own_clock(schedule, words):
    assert schedule.words() == words


def test_it_survives_pickling_and_differs_by_its_bounds():
    bounded = Bounded(DAILY, MAY, MAY + DAY)

    assert pickle.loads(pickle.dumps(bounded)) == bounded  # noqa: S301 -- our own bytes
    assert bounded != Bounded(DAILY, MAY, MAY + 2 * DAY)
    assert hash(bounded) == hash(Bounded(DAILY, MAY, MAY + DAY))


def test_how_late_it_may_run_does_not_depend_on_where_it_ends():
    assert default_window(Bounded(Every("5m"), not_after=MAY)) == timedelta(hours=1)
