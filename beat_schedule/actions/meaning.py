"""Which due time is meant by a date, a minute or a time of day."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from beat_schedule.schedules import Schedule
from beat_schedule.schedules.base import LATEST
from beat_schedule.times import instant_at

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_AN_INSTANT = timedelta(microseconds=1)

_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_TO_THE_MINUTE = re.compile(r"[0-9-]{8,10}[T ][0-9]{2}:?[0-9]{2}(?![:0-9])")

#: More due times than this are not counted.
COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, both inclusive."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The due time that somebody asks for."""

    #: None where nothing is due then.
    due_at: datetime | None
    #: Whether the schedule has it, as it is now.
    is_scheduled: bool
    #: How many due times the schedule has in the span that was named.
    count: int
    #: The schedule's due times before and after that span.
    before: datetime | None
    after: datetime | None


def span_of(said: str, zone: ZoneInfo, now: datetime) -> Span:
    """What a person means: that day, that minute, that second; of a mere time, the last one past.

    Raises ValueError for what is neither a date nor a time.
    """
    if alone := _TIME_OF_DAY.fullmatch(said.strip()):
        at = time(int(alone[1]), int(alone[2]))
        today = now.astimezone(zone).date()
        days = (datetime.combine(today - _DAY * back, at, zone) for back in (0, 1))
        start = next(day for day in days if day <= now)
        return Span(start.astimezone(now.tzinfo), start.astimezone(now.tzinfo) + _MINUTE - _SECOND)
    try:
        day = date.fromisoformat(said)
    except ValueError:
        start = instant_at(said, zone)
        length = _MINUTE if _TO_THE_MINUTE.match(said) else _SECOND
        return Span(start, start + length - _AN_INSTANT)
    first = instant_at(f"{day}T00:00", zone)
    return Span(first, instant_at(f"{day + _DAY}T00:00", zone) - _AN_INSTANT)


def meant(schedule: Schedule, span: Span, now: datetime, recorded: datetime | None = None) -> Meant:
    """The newest due time in the span that is past, else the first to come.

    `recorded` is the newest that the record names there: the schedule may have been another.
    """
    start = span.first - _AN_INSTANT
    past = schedule.latest(min(span.last, now), start) if start < now else None
    due_at = _newest([past, recorded]) or schedule.first(max(start, min(now, span.last)), span.last)
    inside = schedule.between(start, span.last)
    return Meant(
        due_at=due_at,
        is_scheduled=due_at is not None
        and schedule.first(due_at - _AN_INSTANT, due_at) is not None,
        count=sum(1 for _ in islice(inside, COUNTED)),
        before=schedule.latest(start),
        after=schedule.first(span.last, LATEST),
    )


def _newest(known: Iterable[datetime | None]) -> datetime | None:
    return max((each for each in known if each), default=None)
