"""A guest's Celery schedules name their due times with Celery's own meaning."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.schedules import BaseSchedule, crontab, schedule

from beat_schedule.errors import ScheduleError
from beat_schedule.schedules import Foreign

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def paris() -> Celery:
    app = Celery("guest", broker="memory://", set_as_current=False)
    app.conf.timezone = "Europe/Paris"
    return app


def test_a_crontab_is_due_in_its_apps_zone(paris: Celery) -> None:
    foreign = Foreign(crontab(minute=30, hour=6, app=paris))

    due = list(foreign.between(NEW_YEAR, NEW_YEAR + 2 * A_DAY))

    assert [f"{at:%d %H:%M}" for at in due] == ["01 05:30", "02 05:30"]
    assert all(at.tzinfo is UTC for at in due)


def test_the_app_may_be_given_later(paris: Celery) -> None:
    foreign = Foreign(crontab(minute=30, hour=6))

    foreign.app = paris

    assert foreign.next(NEW_YEAR) == NEW_YEAR + timedelta(hours=5, minutes=30)


def test_the_day_fields_of_a_crontab_are_anded(paris: Celery) -> None:
    fridays_13th = Foreign(crontab(0, 12, day_of_week="fri", day_of_month="13", app=paris))

    due = fridays_13th.between(NEW_YEAR, NEW_YEAR + 365 * A_DAY)

    assert [(at.month, at.day) for at in due] == [(2, 13), (3, 13), (11, 13)]


def test_a_crontab_goes_over_clock_changes_as_celery_does(paris: Celery) -> None:
    hourly = Foreign(crontab(minute=0, app=paris))
    autumn = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)

    due = [f"{at:%H:%M}" for at in hourly.between(autumn, autumn + timedelta(hours=4))]

    assert due == ["23:00", "00:00", "02:00"]


def test_a_start_within_a_minute_leaves_nothing_out(paris: Celery) -> None:
    foreign = Foreign(crontab(app=paris))
    start = NEW_YEAR + timedelta(seconds=20, microseconds=5)

    assert foreign.next(start) == NEW_YEAR + timedelta(minutes=1)


def test_an_interval_is_put_on_the_grid_of_the_epoch() -> None:
    foreign = Foreign(schedule(timedelta(seconds=2.5)))

    due = list(foreign.between(NEW_YEAR, NEW_YEAR + timedelta(seconds=6)))

    assert [at - NEW_YEAR for at in due] == [timedelta(seconds=2.5), timedelta(seconds=5)]


def test_the_latest_of_an_interval_below_a_second_is_found() -> None:
    foreign = Foreign(schedule(timedelta(seconds=0.25)))

    latest = foreign.latest(NEW_YEAR + timedelta(seconds=0.9))

    assert latest == NEW_YEAR + timedelta(seconds=0.75)


class Often(BaseSchedule):  # type: ignore[misc]  # Celery is untyped
    """A guest's own: 0.4 ms after the last time."""

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        return last_run_at + timedelta(microseconds=400) - self.now()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("guest", "expected"),
    [
        (schedule(1 / 3), [334, 667, 1000, 1334, 1667, 2000]),
        (schedule(timedelta(seconds=1.0005)), [1001]),
        (Often(), range(1, 2001)),
    ],
)
def test_due_times_are_whole_milliseconds_each_named_once_wherever_asking_begins(
    guest: BaseSchedule, expected: Iterable[int], paris: Celery
) -> None:
    foreign = Foreign(guest, app=paris)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    until = epoch + timedelta(seconds=2.0009)
    at, found = epoch, []

    while next_due := foreign.first(at, until):
        found.append(at := next_due)

    assert found == [epoch + timedelta(milliseconds=ms) for ms in expected]
    assert list(foreign.between(epoch, until)) == found
    assert all(due > at for at in found for due in foreign.between(at, at + timedelta(seconds=1)))


def test_equal_ones_have_equal_hashes() -> None:
    one, same = Foreign(crontab(minute=30)), Foreign(crontab(minute="30"))

    assert one == same
    assert hash(one) == hash(same)
    assert one != crontab(minute=30)


def test_asking_leaves_the_guests_schedule_as_it_was(paris: Celery) -> None:
    guest = crontab(minute=30, app=paris)

    list(Foreign(guest).between(NEW_YEAR, NEW_YEAR + A_DAY))

    assert guest.nowfun is None
    assert Foreign(guest) == Foreign(crontab(minute=30))
    assert Foreign(guest) != Foreign(crontab(minute=31))


class Noon(BaseSchedule):  # type: ignore[misc]  # Celery is untyped
    """A guest's own kind of schedule: once, and never again."""

    def remaining_estimate(self, _last_run_at: datetime) -> timedelta:
        wait: timedelta = NEW_YEAR + timedelta(hours=12) - self.now()
        return wait


def test_a_schedule_of_the_guests_own_making_is_asked_like_any_other(paris: Celery) -> None:
    once = Foreign(Noon(app=paris))

    assert list(once.between(NEW_YEAR, NEW_YEAR + A_DAY)) == [NEW_YEAR + timedelta(hours=12)]
    assert list(once.between(NEW_YEAR + A_DAY, NEW_YEAR + 2 * A_DAY)) == []


@pytest.mark.parametrize(
    ("guest", "reason"),
    [
        (schedule(timedelta(0)), "never ends"),
        (schedule(None), "never ends"),
        ("0 0 * * *", "no Celery schedule"),
    ],
)
def test_what_cannot_be_asked_is_refused(guest: Any, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason):
        Foreign(guest)


def test_its_words_are_celerys() -> None:
    assert Foreign(crontab(minute=30)).words() == (
        "as Celery's <crontab: 30 * * * * (m/h/dM/MY/d)> says"
    )
