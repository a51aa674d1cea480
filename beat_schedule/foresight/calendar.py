"""Due times over a long span, each schedule reckoned once, in whole seconds since the epoch.

An interval is a `range`, however long the span. Of a cron expression one ordinary day is walked
through: the others that match are the same day again, and which match is found once for all
expressions with the same days.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from beat_schedule.clock import EPOCH
from beat_schedule.entries import Entry
from beat_schedule.schedules import AnyOf, Bounded, Cron, Every, Schedule, expression
from beat_schedule.schedules.base import EARLIEST, LATEST

#: More due times of one schedule than these are not listed: one of every minute has 525,600 a year.
MOST = 1_000_000

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Calendar:
    """The due times in (since, until] of any schedule; `since` and `until` are aware."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since = since
        self.until = until
        self._known: dict[Schedule, Sequence[int]] = {}
        self._days: dict[str, list[_Day]] = {}
        self._dates: dict[tuple[str, str, str, str], frozenset[int]] = {}

    def due(self, schedule: Schedule) -> Sequence[int]:
        """Ascending; where there are more than `MOST` that have to be listed, the first of them."""
        if schedule not in self._known:
            self._known[schedule] = self._reckoned(schedule)
        return self._known[schedule]

    def sent(self, entry: Entry) -> Sequence[int]:
        """The same, each later by the entry's spread."""
        due, later = self.due(entry.schedule), entry.spread // _SECOND
        if not later:
            return due
        if isinstance(due, range):
            return range(due.start + later, due.stop + later, due.step)
        return array("q", [each + later for each in due])

    def reckoned_until(self, schedule: Schedule) -> datetime:
        """Up to where its due times are listed: nearly always the end of the span."""
        due = self.due(schedule)
        is_cut = not isinstance(due, range) and len(due) >= MOST
        return instant_of(due[-1]) if is_cut else self.until

    def _reckoned(self, schedule: Schedule) -> Sequence[int]:
        if isinstance(schedule, Every):
            return self._grid(schedule)
        if isinstance(schedule, AnyOf):
            together = sorted({each for part in schedule.schedules for each in self.due(part)})
            return array("q", together[:MOST])
        if isinstance(schedule, Bounded):
            return self._bounded(schedule)
        due = (
            self._by_days(schedule)
            if isinstance(schedule, Cron)
            else _walked(schedule, self.since, self.until)
        )
        return array("q", islice(due, MOST))

    def _grid(self, schedule: Every) -> range:
        first = schedule.first(self.since, self.until)
        if first is None:
            return range(0)
        return range(seconds_of(first), seconds_of(self.until) + 1, schedule.interval // _SECOND)

    def _bounded(self, schedule: Bounded) -> Sequence[int]:
        due = self.due(schedule.schedule)
        first = bisect_left(due, _up(schedule.not_before or EARLIEST))
        return due[first : bisect_right(due, seconds_of(schedule.not_after or LATEST))]

    def _by_days(self, schedule: Cron) -> Iterator[int]:
        """Day by day of its clock: of those that match, all ordinary ones are like the first."""
        matching = self._matching(schedule)
        shape: list[int] | None = None
        for day in self._days_of(schedule.timezone):
            if day.midnight is None:
                yield from _walked(schedule, day.since, day.until)
            elif day.midnight in matching:
                if shape is None:
                    shape = [
                        each - day.midnight for each in _walked(schedule, day.since, day.until)
                    ]
                yield from (day.midnight + each for each in shape)

    def _matching(self, schedule: Cron) -> frozenset[int]:
        """The midnights of the ordinary days that its day fields name; once for all like it."""
        *_, day, month, weekday = expression.read(schedule.expression).fields
        fields = (day, month, weekday, schedule.timezone.key)
        if fields not in self._dates:
            noon = Cron(f"0 12 {day} {month} {weekday}", schedule.timezone)
            self._dates[fields] = frozenset(
                each.midnight
                for each in self._days_of(schedule.timezone)
                if each.midnight is not None and noon.first(each.since, each.until)
            )
        return self._dates[fields]

    def _days_of(self, zone: ZoneInfo) -> list["_Day"]:
        if zone.key not in self._days:
            self._days[zone.key] = list(self._split(zone))
        return self._days[zone.key]

    def _split(self, zone: ZoneInfo) -> Iterator["_Day"]:
        """The span as days of the zone's clock, the first and the last perhaps in part."""
        day, last = (at.astimezone(zone).date() for at in (self.since, self.until))
        while day <= last:
            start, end = (_before_midnight(each, zone) for each in (day, day + _DAY))
            since, until = max(start, self.since), min(end, self.until)
            is_ordinary = (since, until) == (start, end) and (
                _offset(day - _DAY, zone) == _offset(day + 2 * _DAY, zone)
            )
            if since < until:
                yield _Day(since, until, seconds_of(start + _SECOND) if is_ordinary else None)
            day += _DAY


@dataclass(frozen=True, slots=True)
class _Day:
    """The span (since, until]; with its midnight, if no clock change is near and it is whole."""

    since: datetime
    until: datetime
    midnight: int | None


def _walked(schedule: Schedule, since: datetime, until: datetime) -> Iterator[int]:
    return map(seconds_of, schedule.between(since, until))


def seconds_of(instant: datetime) -> int:
    return (instant - EPOCH) // _SECOND


def instant_of(seconds: int) -> datetime:
    return EPOCH + seconds * _SECOND


def _up(instant: datetime) -> int:
    return -((EPOCH - instant) // _SECOND)


def _before_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The last second that is not of the day: a span from there on has its midnight."""
    return datetime.combine(day, time.min, zone).astimezone(UTC) - _SECOND


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time.min, zone).utcoffset()
