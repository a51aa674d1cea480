"""When real time says so: intervals on a grid that starts at the epoch."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery

from beat_schedule.clock import EPOCH
from beat_schedule.times import read_interval, short, spoken

from .at import shown, whole
from .base import Schedule, instant


class Every(Schedule):
    """Due whenever so much real time is over, counted from the epoch; no clock change matters.

    Counted from the instant `since` instead, where it is given: that is the first due time.
    """

    def __init__(
        self,
        interval: str | timedelta,
        since: datetime | None = None,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.interval = read_interval(interval)
        self.since = since and whole(since)

    @property
    def arguments(self) -> tuple[Any, ...]:
        interval = short(self.interval)
        return (interval, self.since) if self.since else (interval,)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        after, until = instant(after), instant(until)
        if self.since is None:
            return grid(self.interval, after, until)
        after = max(after, self.since - datetime.resolution)
        return grid(self.interval, after, until, self.since)

    def words(self) -> str:
        every = f"every {spoken(self.interval).removeprefix('1 ')}"
        return f"{every}, from {shown(self.since, UTC)} UTC" if self.since else every


def grid(
    interval: timedelta, after: datetime, until: datetime, since: datetime = EPOCH
) -> Iterator[datetime]:
    """The multiples of `interval` since that instant that lie in (after, until]."""
    step = interval - (after - since) % interval
    while until - after >= step:
        after, step = after + step, interval
        yield after
