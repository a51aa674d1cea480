"""Days on which the clock changes and an entry does too: what runs then, before and after."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from beat_schedule.entries import Entry

from .calendar import Calendar, instant_of, seconds_of
from .differences import Change

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDay:
    """What an entry does on a day on which its clock is changed."""

    key: str
    zone: str
    day: date
    #: How far the clock goes forward that day; back where it is negative.
    forward: timedelta
    was: Sequence[datetime]
    becomes: Sequence[datetime]


def changed_days(changes: Iterable[Change], calendar: Calendar) -> list[ChangedDay]:
    """Of each entry whose runs change: the days on which its clock is changed and it is sent."""
    return [day for change in changes if change.changes_runs for day in _days_of(change, calendar)]


def clock_changes(
    zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[tuple[date, timedelta]]:
    """The days in the span on which the zone's clock is changed, and how far it goes forward."""
    day, last = (at.astimezone(zone).date() for at in (since, until))
    while day <= last:
        before, after = (_midnight(each, zone).utcoffset() for each in (day, day + _DAY))
        if before is not None and after is not None and before != after:
            yield day, after - before
        day += _DAY


def _days_of(change: Change, calendar: Calendar) -> Iterator[ChangedDay]:
    named = change.new or change.old
    zone = named.schedule.zone if named else None
    if zone is None:
        return
    for day, forward in clock_changes(zone, calendar.since, calendar.until):
        start, end = (_midnight(each, zone).astimezone(UTC) for each in (day, day + _DAY))
        was, becomes = (_between(entry, start, end, calendar) for entry in (change.old, change.new))
        if was or becomes:
            yield ChangedDay(
                key=change.key, zone=zone.key, day=day, forward=forward, was=was, becomes=becomes
            )


def _between(
    entry: Entry | None, start: datetime, end: datetime, calendar: Calendar
) -> Sequence[datetime]:
    if entry is None:
        return ()
    sent = calendar.sent(entry)
    first, last = (bisect_left(sent, seconds_of(at)) for at in (start, end))
    return [instant_of(each) for each in sent[first:last]]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
