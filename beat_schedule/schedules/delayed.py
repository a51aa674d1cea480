"""Another schedule's due times, sent later: how a stock beat keeps an entry's `spread`."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from celery import Celery

from beat_schedule.errors import ScheduleError

from .base import Schedule, instant
from .every import spoken


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
        if by < timedelta(0) or by % timedelta(seconds=1):
            raise ScheduleError(f"a delay of {by} cannot be kept (give whole seconds, 0 or more)")
        self.schedule = schedule
        self.by = by

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.schedule, self.by

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        due = self.schedule.between(instant(after) - self.by, instant(until) - self.by)
        return (due_at + self.by for due_at in due)

    def words(self) -> str:
        words = self.schedule.words()
        return f"{words}, sent {spoken(self.by)} later" if self.by else words
