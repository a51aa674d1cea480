"""When real time says so: intervals on a grid that starts at the epoch."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery

from beat_schedule.errors import Problem, ScheduleError

from .at import shown, whole
from .base import LATEST, Schedule, instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"([0-9]{1,9}) ?([smhd])")
_CURE = "write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d'"


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


def read_interval(given: Any) -> timedelta:
    interval = _interval(given)
    if interval is None:
        raise _refused(given, "it is no interval")
    if interval < timedelta(seconds=1):
        raise _refused(given, "it is shorter than a second")
    if interval % timedelta(seconds=1):
        raise _refused(given, "it is no whole number of seconds")
    if interval > LATEST - EPOCH:
        raise _refused(given, "it is longer than the calendar")
    return interval


def _interval(given: Any) -> timedelta | None:
    if isinstance(given, timedelta):
        return given
    match = _INTERVAL.fullmatch(given.strip().lower()) if isinstance(given, str) else None
    return match and timedelta(**{_UNITS[match[2]]: int(match[1])})


def _refused(given: Any, reason: str) -> ScheduleError:
    return ScheduleError(str(Problem(f"interval {given!r}", reason, _CURE)))


def short(interval: timedelta) -> str:
    """As it is written: the largest unit that goes into it without a rest."""
    amount, unit = _in_its_unit(interval)
    return f"{amount}{unit}"


def spoken(interval: timedelta) -> str:
    """As it is said: `90 seconds`, `1 hour`."""
    amount, unit = _in_its_unit(interval)
    return f"{amount} {_UNITS[unit] if amount > 1 else _UNITS[unit].removesuffix('s')}"


def _in_its_unit(interval: timedelta) -> tuple[int, str]:
    for unit in ("d", "h", "m"):
        if not interval % (size := timedelta(**{_UNITS[unit]: 1})):
            return interval // size, unit
    return interval // timedelta(seconds=1), "s"
