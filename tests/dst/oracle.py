"""Debian's cron, minute by minute: what the schedules are compared with.

It shares nothing with them: its own reading of a cron line, no arithmetic on wall times, no folds.
It stands at every real minute in turn, looks at the wall clock, and decides as the main loop of
Debian's cron does, with the same virtual clock. (cron.c: `virtualTime`, `timeDiff`, `find_jobs`.)
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = 1440


class Job:
    """A crontab line of numbers, `*`, lists, ranges, steps and, as a day, `L`."""

    def __init__(self, line: str) -> None:
        self.line = line
        minute, hour, day, month, weekday = line.split()
        self.is_wild = minute[0] == "*" or hour[0] == "*"
        self.days_anded = day[0] == "*" or weekday[0] == "*"
        hours, minutes = _numbers(hour, 0, 23), _numbers(minute, 0, 59)
        self.minutes_of_day = [at // 60 in hours and at % 60 in minutes for at in range(A_DAY)]
        self.last_day = day == "L"
        self.days = set() if self.last_day else _numbers(day, 1, 31)
        self.months = _numbers(month, 1, 12)
        self.weekdays = {number % 7 for number in _numbers(weekday, 0, 7)}
        self.matches_day = lru_cache(self._matches_day)

    def matches(self, wall: int) -> bool:
        """Whether the line means this minute, counted on a wall clock since 1970."""
        day, minute = divmod(wall, A_DAY)
        return self.minutes_of_day[minute] and self.matches_day(day)

    def _matches_day(self, number: int) -> bool:
        day = date(1970, 1, 1) + timedelta(days=number)
        if day.month not in self.months:
            return False
        is_last = day.day == calendar.monthrange(day.year, day.month)[1]
        by_day = is_last if self.last_day else day.day in self.days
        by_weekday = day.isoweekday() % 7 in self.weekdays
        return by_day and by_weekday if self.days_anded else by_day or by_weekday


def _numbers(field: str, low: int, high: int) -> set[int]:
    numbers: set[int] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        start, _, end = (f"{low}-{high}" if span == "*" else span).partition("-")
        numbers.update(range(int(start), int(end or start) + 1, int(step or 1)))
    return numbers


def wall_minutes(zone: ZoneInfo, after: datetime, until: datetime) -> list[int]:
    """What the clock of the zone shows at `after` and at each real minute up to `until`."""
    count = (until - after) // MINUTE
    walls = []
    for step in range(count + 1):
        local = (after + step * MINUTE).astimezone(zone)
        walls.append((local.replace(tzinfo=UTC) - EPOCH) // MINUTE)
    return walls


def due_minutes(job: Job, walls: list[int]) -> list[int]:
    """At which of the real minutes 1, 2, 3, … cron starts the job."""
    virtual = walls[0]
    due = []
    for step, wall in enumerate(walls[1:], start=1):
        jump = wall - virtual - 1
        if jump == 0 or abs(jump) >= 180:
            starts, virtual = job.matches(wall), wall
        elif job.is_wild:
            starts, virtual = job.matches(wall), max(virtual, wall)
        elif jump > 0:
            starts = any(job.matches(skipped) for skipped in range(virtual + 1, wall + 1))
            virtual = wall
        else:
            starts = False
        if starts:
            due.append(step)
    return due


def transitions(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """The first minute of every new offset from UTC, found by looking every hour."""
    at, offset = since, since.astimezone(zone).utcoffset()
    while at < until:
        later = at + HOUR
        if (new := later.astimezone(zone).utcoffset()) != offset:
            minute = at
            while minute.astimezone(zone).utcoffset() == offset:
                minute += MINUTE
            yield minute
        at, offset = later, new
