"""One instant, and intervals that are counted from one."""

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from beat_schedule import Every, ScheduleError
from beat_schedule.schedules import At, default_window

PARIS = ZoneInfo("Europe/Paris")
MAY = datetime(2027, 5, 1, 6, tzinfo=PARIS)
SECOND = timedelta(seconds=1)


def test_it_is_due_once() -> None:
    at = At(MAY, PARIS)

    assert list(at.between(MAY - SECOND, MAY + SECOND)) == [MAY]
    assert list(at.between(MAY, MAY + SECOND)) == []
    assert at.next(MAY - timedelta(days=900)) == MAY
    assert at.latest(MAY + timedelta(days=900)) == MAY
    assert at.first(MAY, MAY + timedelta(days=900)) is None


def test_it_says_when_by_its_own_clock() -> None:
    assert At(MAY, PARIS).words() == "once, at 2027-05-01 06:00 (Europe/Paris)"
    assert At(MAY).words() == "once, at 2027-05-01 04:00 (UTC)"


def test_what_is_due_once_may_be_caught_up_with_for_a_day() -> None:
    assert default_window(At(MAY)) == timedelta(days=1)


def test_an_instant_without_a_zone_or_with_less_than_seconds_is_none() -> None:
    with pytest.raises(ScheduleError, match="no timezone"):
        At(MAY.replace(tzinfo=None))
    with pytest.raises(ScheduleError, match="has a fraction of a second"):
        At(MAY.replace(microsecond=1))


@pytest.mark.parametrize("now", [MAY - timedelta(days=3), MAY, MAY + timedelta(days=3, seconds=7)])
def test_an_interval_from_an_instant_is_due_when_apscheduler_runs_it(now: datetime) -> None:
    every = Every(timedelta(hours=7), MAY)
    trigger = IntervalTrigger(hours=7, start_date=MAY, timezone=PARIS)

    ours = list(islice(every.between(now, MAY + timedelta(days=9)), 4))

    fired = trigger.get_next_fire_time(None, now + timedelta(microseconds=1))
    assert len(ours) == 4
    for due_at in ours:
        assert due_at == fired
        fired = trigger.get_next_fire_time(fired, fired)


def test_an_interval_from_an_instant_says_so() -> None:
    every = Every("7h", MAY)

    assert every.words() == "every 7 hours, from 2027-05-01 04:00 UTC"
    assert Every(*every.arguments) == every
    assert every != Every("7h")
    with pytest.raises(ScheduleError, match="has a fraction of a second"):
        Every("7h", MAY.replace(microsecond=1))
