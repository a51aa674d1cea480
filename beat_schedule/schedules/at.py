"""When something is due once."""

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from beat_schedule.errors import Problem, ScheduleError

from .base import Schedule, instant
from .zones import zone


class At(Schedule):
    """Due at one instant, shown by the clock of `timezone`.

    Raises ScheduleError for a naive datetime, and for a fraction of a second.
    """

    def __init__(
        self,
        moment: datetime,
        timezone: str | ZoneInfo = "UTC",
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.moment = whole(moment)
        self.timezone = zone(timezone)

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.moment, self.timezone.key

    @property
    def zone(self) -> ZoneInfo:
        return self.timezone

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        return iter([self.moment] if instant(after) < self.moment <= instant(until) else [])

    def words(self) -> str:
        return f"once, at {shown(self.moment, self.timezone)} ({self.timezone.key})"


def whole(moment: datetime) -> datetime:
    """The instant in UTC; raises ScheduleError for one with a fraction of a second.

    Such a one was asked of a clock, so it would be another in each process that reads it.
    """
    if moment.microsecond:
        raise ScheduleError(
            str(Problem(f"instant {moment}", "it has a fraction of a second", "write a fixed one"))
        )
    return instant(moment)


def shown(moment: datetime, zone: tzinfo) -> str:
    """As a wall clock shows it: `2026-12-31 18:30`."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return local.isoformat(" ", "auto" if local.second else "minutes")
