"""A schedule with the policies of its entry, so that both travel in what Celery's beat takes."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from beat_schedule.errors import ScheduleError
from beat_schedule.policies import Policy
from beat_schedule.times import spoken

from .base import Schedule, instant


class Governed(Schedule):
    """To a stock beat, `schedule` with each due time as much later as the policy spreads it.

    Our own beat reads `schedule` and `policy` apart.
    """

    def __init__(
        self,
        schedule: Schedule,
        policy: Policy,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        if policy.spread < timedelta(0) or policy.spread % timedelta(seconds=1):
            raise ScheduleError(
                f"a spread of {policy.spread} cannot be kept (give whole seconds, 0 or more)"
            )
        self.schedule = schedule
        self.policy = policy

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.schedule, self.policy

    @property
    def zone(self) -> ZoneInfo | None:
        return self.schedule.zone

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        later = self.policy.spread
        due = self.schedule.between(instant(after) - later, instant(until) - later)
        return (due_at + later for due_at in due)

    def words(self) -> str:
        words, later = self.schedule.words(), self.policy.spread
        return f"{words}, sent {spoken(later)} later" if later else words
