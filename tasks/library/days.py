"""How long a loan lasts, and when it is overdue: dates alone, no database.

Everything is decided in Python for a whole run and handed to SQL as instants, so that a clock
change cannot move a day and both databases answer alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

#: Before every loan: from when the first loan period holds.
BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days that a loan lasts which was made on `since` or later."""

    days: int
    since: date = BEGINNING

    def __str__(self) -> str:
        return f"{self.days}" if self.since == BEGINNING else f"{self.days} from {self.since}"


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """When nobody can bring anything back: weekdays (Monday is 0) and spans of dates."""

    weekdays: frozenset[int] = frozenset()
    spans: tuple[tuple[date, date], ...] = ()

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self.weekdays or any(a <= day <= b for a, b in self.spans)


@dataclass(frozen=True, slots=True)
class Span:
    """Loans made in [start, stop) last `days`."""

    start: datetime
    stop: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRules:
    """From a loan's date to its due date, and from a run's date back to the loans it concerns."""

    #: In the order of `since`; the first holds from the beginning.
    periods: Sequence[Period]
    zone: ZoneInfo
    grace_days: int = 0
    closed: ClosedDays = field(default_factory=ClosedDays)

    def lent_on(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def due_on(self, lent_on: date) -> date:
        """The last day to bring it back: that loan's own period, then the next open day."""
        days = [period.days for period in self.periods if period.since <= lent_on][-1]
        due = lent_on + timedelta(days=days)
        while due in self.closed:
            due += DAY
        return due

    def is_overdue(self, lent_on: date, on: date) -> bool:
        return self.due_on(lent_on) + timedelta(days=self.grace_days) < on

    def overdue_spans(self, on: date) -> Iterator[Span]:
        """The instants between which a loan still out is overdue on that date."""
        ends = [period.since for period in self.periods[1:]] + [on + DAY]
        for period, end in zip(self.periods, ends, strict=True):
            last = self._last_overdue(period, on)
            stop = min(end, last + DAY)
            if stop > period.since:
                yield Span(self.start_of(period.since), self.start_of(stop))

    def start_of(self, day: date) -> datetime:
        """The first instant of a local day, also where midnight does not exist."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _last_overdue(self, period: Period, on: date) -> date:
        """The latest date whose loans are overdue: due on the last open day before grace."""
        due = on - DAY - timedelta(days=self.grace_days)
        while due in self.closed:
            due -= DAY
        return due - timedelta(days=period.days)
