"""A guest's Celery schedule, asked for its due times; it keeps the meaning that Celery gives it."""

import copy
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from celery import Celery
from celery.schedules import BaseSchedule
from celery.schedules import schedule as interval_schedule

from beat_schedule.clock import EPOCH
from beat_schedule.errors import ScheduleError

from .base import Schedule, instant
from .every import grid

_MILLISECOND = timedelta(milliseconds=1)


class Foreign(Schedule):
    """Names the due times of a `celery.schedules` schedule by asking it again and again.

    A `crontab` keeps Celery's own meaning: day fields ANDed, the app's zone, Celery's way over a
    clock change. A plain interval is put on the epoch grid, so that every beat names the same
    due times, whenever it was started. A due time is rounded up to the millisecond, for nothing
    finer is stored, and named once.
    """

    def __init__(
        self,
        schedule: BaseSchedule,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        if not isinstance(schedule, BaseSchedule):
            raise ScheduleError(f"{schedule!r} is no Celery schedule (give a crontab, for one)")
        self.schedule = schedule
        self._expect_an_interval()

    @property
    def arguments(self) -> tuple[Any, ...]:
        return (self.schedule,)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        after, until = _down(instant(after)), _down(instant(until))
        if isinstance(self.schedule, interval_schedule):
            return _whole(grid(self.schedule.run_every, after, until))
        return _whole(self._steps(after, until))

    def words(self) -> str:
        return f"as Celery's {self.schedule!r} says"

    def _steps(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Stand at each due time in turn, and ask how long it is to the next."""
        guest = copy.copy(self.schedule)
        if self._app is not None:
            guest.app = self._app
        at = after
        while at < until:
            local = at.astimezone(guest.tz)
            guest.nowfun = lambda here=local: here
            wait = guest.remaining_estimate(local)
            if wait <= timedelta(0) or (at := instant(at + wait)) > until:
                return
            yield at

    def _expect_an_interval(self) -> None:
        every = getattr(self.schedule, "run_every", None)
        if isinstance(self.schedule, interval_schedule) and not (every and every > timedelta(0)):
            raise ScheduleError(f"an interval of {every} never ends (give one of more than 0 s)")

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        return repr(self) == repr(other) if same is True else same

    def __hash__(self) -> int:
        # Celery's schedules have no hash; what they show of themselves is as good.
        return hash(repr(self))


def _down(moment: datetime) -> datetime:
    return moment - (moment - EPOCH) % _MILLISECOND


def _whole(due_times: Iterable[datetime]) -> Iterator[datetime]:
    """Rounded up; ascending as they are, of those that become the same one is left."""
    before = None
    for due_at in due_times:
        rounded = due_at + (EPOCH - due_at) % _MILLISECOND
        if rounded != before:
            yield rounded
        before = rounded
