"""Due times over a long span, each schedule reckoned once, in whole seconds since the epoch.

An interval is a `range`, however long the span; of a cron expression one ordinary day is walked
through, and the others that match are the same day again.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from beat_schedule.entries import Entry
from beat_schedule.schedules import AnyOf, Bounded, Cron, Every, Schedule
from beat_schedule.schedules.base import EARLIEST, LATEST
from beat_schedule.schedules.every import EPOCH

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
        due = self._by_days(schedule) if isinstance(schedule, Cron) else self._walked(schedule)
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

    def _walked(self, schedule: Schedule) -> Iterator[int]:
        return map(seconds_of, schedule.between(self.since, self.until))

    def _by_days(self, schedule: Cron) -> Iterator[int]:
        """Day by day of its clock: those that are like the first one are not walked through."""
        shape: list[int] | None = None
        for start, end, is_ordinary in self._days(schedule.timezone):
            if is_ordinary and shape is not None:
                # Of a day that matches, the first due time tells that it does.
                if (first := schedule.first(start, end)) is not None:
                    offset = seconds_of(first) - shape[0]
                    yield from (offset + each for each in shape)
                continue
            due = [seconds_of(each) for each in schedule.between(start, end)]
            yield from due
            is_whole = start > self.since and end < self.until
            if is_ordinary and is_whole and due:
                shape = [each - due[0] for each in due]

    def _days(self, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, bool]]:
        """Each day as (after, until], and whether its clock is not changed around then."""
        day = self.since.astimezone(zone).date()
        last = self.until.astimezone(zone).date()
        while day <= last:
            start, end = (_before_midnight(each, zone) for each in (day, day + _DAY))
            inside = max(start, self.since), min(end, self.until)
            is_whole = inside == (start, end)
            is_ordinary = is_whole and _offset(day - _DAY, zone) == _offset(day + 2 * _DAY, zone)
            if inside[0] < inside[1]:
                yield *inside, is_ordinary
            day += _DAY


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
