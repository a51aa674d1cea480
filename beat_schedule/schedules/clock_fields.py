"""When the wall clock of a zone meets every field that is said: APScheduler's trigger `cron`."""

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from beat_schedule.errors import ScheduleError, suggestion

from .base import EARLIEST, LATEST
from .clock_field import CLOCK_FIELDS, Said, read_field
from .clock_words import sentence_of
from .wall import FIXED_TIME, FOLLOWS_THE_CLOCK, Dst
from .wall_clock import WallClock

_NAMES = tuple(field.name for field in CLOCK_FIELDS)
_TIME_OF_DAY = ("hour", "minute", "second")

#: The calendar repeats itself after so many years.
_CYCLE = range(2000, 2400)


class Fields(WallClock):
    """Due when each field of `said` is met: they are ANDed, also the days, and Monday is 0.

    Fields greater than the least that is said may be anything, smaller ones are at their first:
    `hour='6'` is 06:00:00 each day, `minute='10'` ten past each hour. Away from clock changes it is
    what APScheduler does (its documentation, CronTrigger); those are met as Cron meets them: a
    field of the time of day that may be anything, or begins with `*`, follows real time.

    Raises ScheduleError for a field without a meaning, and for fields that no day meets.
    """

    def __init__(
        self,
        said: Mapping[str, Any] | Iterable[tuple[str, Any]],
        timezone: str | ZoneInfo = "UTC",
        dst: Dst | None = None,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        self._said = _read(dict(said))
        self._fields = _with_first_ones(self._said)
        super().__init__(timezone, dst, _usual(self._fields), nowfun=nowfun, app=app)
        self._months = _numbers(self._fields, "month", range(1, 13))
        self._times = [
            _numbers(self._fields, name, range(24 if name == "hour" else 60))
            for name in _TIME_OF_DAY
        ]
        self._expect_a_date()

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.by_its_clock(tuple((name, said.text) for name, said in self._said.items()))

    def words(self) -> str:
        return self.said_by_its_clock(sentence_of(self._fields))

    def walls(self, after: datetime) -> Iterator[datetime]:
        last = LATEST.date()
        for day in self._days(after.date(), range(after.year, last.year + 1)):
            if day > last:
                return
            yield from self._walls_of(day, after)

    def _walls_of(self, day: date, after: datetime) -> Iterator[datetime]:
        hours, minutes, seconds = self._times
        is_first = day == after.date()
        for hour in hours:
            for minute in minutes:
                if is_first and (hour, minute) < (after.hour, after.minute):
                    continue
                for second in seconds:
                    wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 -- what a wall clock shows
                    if wall > after:
                        yield wall

    def _days(self, since: date, years: Iterable[int]) -> Iterator[date]:
        """The days that meet the fields, ascending."""
        said = self._fields.get("year")
        for year in years:
            if said and year not in said.numbers:
                continue
            for month in self._months:
                if (year, month) < (since.year, since.month):
                    continue
                for number in range(1, calendar.monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= since and self._has(day):
                        yield day

    def _has(self, day: date) -> bool:
        fields = self._fields
        if (said := fields.get("day")) and not said.has_day(day):
            return False
        if (said := fields.get("day_of_week")) and day.weekday() not in said.numbers:
            return False
        said = fields.get("week")
        return said is None or day.isocalendar().week in said.numbers

    def _expect_a_date(self) -> None:
        said = self._said.get("year")
        years = sorted(said.numbers)[: len(_CYCLE)] if said else _CYCLE
        if next(self._days(EARLIEST.date(), years), None) is None:
            days = [f"{name}={each.text!r}" for name, each in self._said.items()]
            raise ScheduleError(
                f"no day meets {', '.join(days)}, so nothing would ever run"
                " (all fields have to be met; write a day that exists, or 'last')"
            )


def _read(given: Mapping[str, Any]) -> dict[str, Said]:
    """What is said, the greatest field first; None is not said, as APScheduler has it."""
    for name in given:
        if name not in _NAMES:
            cure = suggestion(name, _NAMES) or f"fields are {', '.join(_NAMES)}"
            raise ScheduleError(f"unknown field {name!r} ({cure})")
    fields = {field.name: field for field in CLOCK_FIELDS}
    said = {
        name: read_field(fields[name], given[name])
        for name in _NAMES
        if given.get(name) is not None
    }
    if not said:
        raise ScheduleError(
            "no field is said, so it would be due each second (second='*' says that)"
        )
    return said


def _with_first_ones(said: Mapping[str, Said]) -> dict[str, Said]:
    """With the first of each field that is smaller than any that is said."""
    least = max(_NAMES.index(name) for name in said)
    fields = dict(said)
    for field in CLOCK_FIELDS[least + 1 :]:
        # A week and a weekday are no parts of a date: they may be anything.
        if field.name not in {"week", "day_of_week"}:
            fields[field.name] = read_field(field, field.low)
    return fields


def _numbers(fields: Mapping[str, Said], name: str, every: Iterable[int]) -> list[int]:
    return sorted(fields[name].numbers if name in fields else every)


def _usual(fields: Mapping[str, Said]) -> Dst:
    times = (fields.get(name) for name in _TIME_OF_DAY)
    is_wild = any(said is None or said.text.startswith("*") for said in times)
    return FOLLOWS_THE_CLOCK if is_wild else FIXED_TIME
