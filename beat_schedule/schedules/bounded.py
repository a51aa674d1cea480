"""Another schedule from an instant on, or up to one: what `not_before` and `not_after` make."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from beat_schedule.errors import ScheduleError

from .at import shown
from .base import Schedule, instant


class Bounded(Schedule):
    """Due when `schedule` is, from `not_before` to `not_after`, both inclusive."""

    def __init__(
        self,
        schedule: Schedule,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.schedule = schedule
        self.not_before = not_before and instant(not_before)
        self.not_after = not_after and instant(not_after)
        if self.not_before and self.not_after and self.not_after < self.not_before:
            raise ScheduleError(
                f"it would end at {self.not_after} before it begins at {self.not_before}"
            )

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.schedule, self.not_before, self.not_after

    @property
    def zone(self) -> ZoneInfo | None:
        return self.schedule.zone

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        after, until = instant(after), instant(until)
        if self.not_before:
            after = max(after, self.not_before - datetime.resolution)
        if self.not_after:
            until = min(until, self.not_after)
        return self.schedule.between(after, until) if after < until else iter(())

    def seams(self, today: date) -> tuple[str, ...]:
        return self.schedule.seams(today)

    def words(self) -> str:
        since = f", from {self._shown(self.not_before)}" if self.not_before else ""
        until = f", until {self._shown(self.not_after)}" if self.not_after else ""
        return f"{self.schedule.words()}{since}{until}"

    def _shown(self, moment: datetime) -> str:
        """By the clock that the schedule's own words go by."""
        text = shown(moment, self.zone or UTC)
        return text if self.zone else f"{text} UTC"
