"""What names the due times of a schedule has a short name of its own."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.schedules import BaseSchedule, crontab, schedule

from beat_schedule import AnyOf, Cron, Every
from beat_schedule.schedules import At, Bounded, Dst, Fields, Foreign, Schedule, fingerprint

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def app_in(zone: str) -> Celery:
    app = Celery("guest", broker="memory://", set_as_current=False)
    app.conf.timezone = zone
    return app


class OnFullMoon(BaseSchedule):  # type: ignore[misc]  # Celery is untyped
    """A guest's own, that nobody taught to be pickled or shown."""

    def __init__(self, hour: int, helper: Any = None, **clock: Any) -> None:
        super().__init__(**clock)
        self.hour = hour
        self.helper = helper


DIFFERENT: list[Schedule] = [
    Cron("0 0 * * *"),
    Cron("0 1 * * *"),
    Cron("0 0 * * *", "Europe/Paris"),
    Cron("0 0 * * *", "Europe/Paris", Dst(overlap="both")),
    AnyOf(Cron("0 0 * * *"), Cron("0 1 * * *")),
    Bounded(Cron("0 0 * * *"), MAY),
    Bounded(Cron("0 0 * * *"), None, MAY),
    Every("90s"),
    Every("91s"),
    Every("90s", MAY),
    Fields({"hour": 0}),
    Fields({"hour": 1}),
    Fields({"hour": 0}, "Europe/Paris"),
    Fields({"hour": 0}, "Europe/Paris", Dst(overlap="both")),
    At(MAY),
    At(MAY + timedelta(days=1)),
    Foreign(schedule(timedelta(seconds=90))),
    Foreign(schedule(timedelta(seconds=90.001))),
    Foreign(crontab(minute=0, app=app_in("UTC"))),
    Foreign(crontab(minute=0, app=app_in("Europe/Paris"))),
    Foreign(crontab(minute={0, 1}, app=app_in("UTC"))),
    Foreign(OnFullMoon(3, app=app_in("UTC"))),
    Foreign(OnFullMoon(4, app=app_in("UTC"))),
]


def test_each_schedule_has_its_own():
    assert len({fingerprint(schedule) for schedule in DIFFERENT}) == len(DIFFERENT)


def test_the_way_it_was_written_or_its_clock_makes_no_difference():
    assert fingerprint(Every("90m")) == fingerprint(Every(timedelta(hours=1.5)))
    assert fingerprint(Cron("0 0  * * *")) == fingerprint(Cron("0 0 * * *", nowfun=lambda: MAY))


@pytest.mark.parametrize("guest", [lambda app: crontab(minute={0, 30, 45}, app=app)])
def test_a_guest_asked_for_its_time_keeps_its_own(guest):
    foreign = Foreign(guest(app_in("UTC")))
    before = fingerprint(foreign)

    foreign.next(MAY)

    assert fingerprint(foreign) == before


def test_where_python_put_something_does_not_matter():
    first, second = (Foreign(OnFullMoon(3, object(), app=app_in("UTC"))) for _ in range(2))

    assert fingerprint(first) == fingerprint(second)


def test_it_is_alike_in_every_process():
    code = (
        "from beat_schedule import Cron; from celery.schedules import crontab;"
        "from beat_schedule.schedules import Bounded, Foreign, fingerprint;"
        "print(fingerprint(Bounded(Cron('0 0 * * *', 'Europe/Paris'))),"
        "fingerprint(Foreign(crontab(minute={0, 15, 30}))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(said) == 1
