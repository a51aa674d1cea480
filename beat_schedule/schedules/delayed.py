"""Another schedule's due times, sent later: how a stock beat keeps an entry's `spread`."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from celery import Celery

from beat_schedule.errors import ScheduleError

from .base import Schedule, instant


class Delayed(Schedule):
    """Names each due time of `schedule` as much later as it is to be sent."""

    def __init__(
        self,
        schedule: Schedule,
        by: timedelta,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        if by < timedelta(0):
            raise ScheduleError(f"a delay of {by} would be a look ahead (give one of 0 or more)")
        self.schedule = schedule
        self.by = by

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.schedule, self.by

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        due = self.schedule.between(instant(after) - self.by, instant(until) - self.by)
        return (due_at + self.by for due_at in due)

    def words(self) -> str:
        return f"{self.schedule.words()}, {self.by} later" if self.by else self.schedule.words()
