"""What every schedule can do: name its due times, and speak to Celery's beat."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import BaseSchedule, schedstate

from beat_schedule.errors import ScheduleError

#: The instants we count in: a little inside what `datetime` can hold, so that zones have room.
EARLIEST = datetime(1, 1, 3, tzinfo=UTC)
LATEST = datetime(9999, 12, 29, tzinfo=UTC)

#: How far `latest` looks back, each time further; 29 February on a Sunday can be 40 years away.
LOOK_BACK = (timedelta(hours=1), *(timedelta(days=days) for days in (1, 40, 400, 3_300, 16_500)))

#: A span so short that it is looked through, not halved; only a guest can be due twice in it.
SHORT = timedelta(seconds=1)


class Schedule(BaseSchedule, ABC):
    """When something is due.

    A subclass says `between`, `arguments` and `words`; the rest follows. Instants are aware
    datetimes in UTC.
    """

    def __init__(
        self, *, nowfun: Callable[[], datetime] | None = None, app: Celery | None = None
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)

    @abstractmethod
    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Every due time in the half-open span (after, until], ascending, in UTC."""

    @abstractmethod
    def words(self) -> str:
        """The schedule as a person would say it."""

    @property
    @abstractmethod
    def arguments(self) -> tuple[Any, ...]:
        """What it was made from: enough to make it again, and to tell it from others."""

    @property
    def zone(self) -> ZoneInfo | None:
        """Whose wall clock it goes by; None for one that follows real time."""
        return None

    def seams(self, today: date) -> tuple[str, ...]:  # noqa: ARG002 -- most have none, any day
        """Where its due times are further apart, or nearer, than one would think; in words."""
        return ()

    def next(self, after: datetime) -> datetime:
        """The first due time later than `after`; raises ScheduleError when there is none left."""
        if (due_at := self.first(after, LATEST)) is None:
            raise ScheduleError(f"{self!r} has no due time after {after}")
        return due_at

    def first(self, after: datetime, until: datetime) -> datetime | None:
        """The first due time in (after, until], or None."""
        return next(iter(self.between(after, until)), None)

    def latest(self, until: datetime, since: datetime | None = None) -> datetime | None:
        """The newest due time in (since, until]; None when there is none to be found."""
        end = instant(until)
        bottom = EARLIEST if since is None else instant(since)
        for span in LOOK_BACK:
            start = max(bottom, end - span) if end - EARLIEST > span else bottom
            if (found := self.first(start, end)) is not None:
                return self._newest(found, end)
            if start == bottom:
                break
        return None

    def _newest(self, found: datetime, until: datetime) -> datetime:
        """Halve the span above a due time until hardly any other can be left in it."""
        while until - found >= SHORT:
            middle = found + (until - found) / 2
            later = self.first(middle, until)
            found, until = (later, until) if later else (found, middle)
        return max([found, *self.between(found, until)])

    def now(self) -> datetime:
        return self.instant(super().now())

    def instant(self, moment: datetime) -> datetime:
        """An instant that Celery hands over: naive ones are UTC to it, so they are to us."""
        return instant(self.maybe_make_aware(moment))

    def is_due(self, last_run_at: datetime) -> schedstate:
        """Whether a due time is past since `last_run_at`, and the seconds to the next one."""
        now = self.now()
        due = self.first(self.instant(last_run_at), now) is not None
        return schedstate(is_due=due, next=self._wait(now, now).total_seconds())

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        return self._wait(self.instant(last_run_at), self.now())

    def _wait(self, after: datetime, now: datetime) -> timedelta:
        """How long until the next due time; for ever when there is none: a stock beat must live."""
        return (self.first(after, LATEST) or LATEST) - now

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.arguments == other.arguments

    def __hash__(self) -> int:
        return hash((type(self), self.arguments))

    def __reduce__(self) -> tuple[Any, ...]:
        state = {"nowfun": self.nowfun} if self.nowfun else None
        return type(self), self.arguments, state

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.arguments))})"


def instant(moment: datetime) -> datetime:
    """The same moment in UTC; a naive one is refused, for nobody knows which moment it is."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ScheduleError(f"{moment!r} has no timezone (give an aware datetime, such as UTC)")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment, EARLIEST), LATEST)
