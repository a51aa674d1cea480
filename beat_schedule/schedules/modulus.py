"""When a field of the wall clock divides without a rest: the rule of `run_every`.

Nobody knows when a Task class was written, so nothing is counted from there: as its document has
it ("When it Runs"), the minute, the hour, the day of the year or the month itself is divided.
"""

import re
from calendar import isleap, month_name
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from beat_schedule.errors import Problem, ScheduleError, suggestion

from .base import LATEST, Schedule, instant
from .cron import Cron
from .wall import FIXED_TIME, FOLLOWS_THE_CLOCK, Dst, instants, start
from .words import unusual
from .zones import zone

MIDNIGHT = time(0)

#: Units, and the most that the field of each can show: what is more is never due.
MOST = {"minute": 59, "hour": 23, "day": 365, "month": 12}

#: How many of a unit make one of the next.
_NEXT = {"minute": (60, "hour"), "hour": (24, "day")}

_WRITTEN = re.compile(r"([0-9]{1,9})\s+([a-z]+?)s?")
_CURE = "write '15 minutes', '2 hours', '3 days' or '2 months'"
#: What people write without a number, and how to say it.
_MEANT = {
    "minutely": "write '1 minute'",
    "hourly": "write '1 hour'",
    "daily": "write '1 day'",
    "weekly": "write weekly = True instead",
    "monthly": "write '1 month'",
    "yearly": "write yearly = True instead",
    "annually": "write yearly = True instead",
}

#: The sixtieth day of a year: 29 February, or 1 March where there is none.
_LEAP_DAY = 60


class Modulus(Schedule):
    """Due when the wall clock of a zone shows a multiple of a number.

    `7 minutes`: the minutes 0, 7, … 56 of each hour. `5 hours`: 00:00, 05:00, … 20:00. `3 days`:
    the days 3, 6, 9, … of each year, at midnight or `at`. `2 months`: the first day of February,
    April, …, at midnight or `at`. Clock changes are met as `Cron` meets them.
    """

    def __init__(
        self,
        every: str,
        timezone: str | ZoneInfo = "UTC",
        at: time = MIDNIGHT,
        dst: Dst | None = None,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.amount, self.unit = read_every(every)
        self.timezone = zone(timezone)
        if at != MIDNIGHT and not self.takes_at:
            raise ScheduleError(f"run_every {every!r} takes no time of day")
        self.at = at
        self.dst = (dst or self._usual).over(self._usual)
        line = self._line()
        self._cron = Cron(line, self.timezone, self.dst) if line else None

    @property
    def takes_at(self) -> bool:
        """Whether a time of day may replace midnight."""
        return self.unit in {"day", "month"}

    @property
    def arguments(self) -> tuple[Any, ...]:
        made_from = self._every, self.timezone.key, self.at
        return made_from if self.dst == self._usual else (*made_from, self.dst)

    @property
    def zone(self) -> ZoneInfo:
        return self.timezone

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has a meaning, but hardly the meant one."""
        return tuple(f"run_every {self._every!r} {said}" for said in self._uneven())

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        if self._cron:
            return self._cron.between(after, until)
        return self._by_day_of_year(instant(after), instant(until))

    def words(self) -> str:
        if self._cron:
            return self._cron.words()
        said = "; ".join([self.timezone.key, *unusual(self.dst, self._usual)])
        return f"every {self._every} of the year at {self.at:%H:%M} ({said})"

    def seams(self, today: date) -> tuple[str, ...]:
        """Of days: new year, and the next leap day."""
        if self.unit != "day" or self.amount == 1:
            return ()
        leap_year = next(year for year in count(today.year) if isleap(year))
        first = -(-_LEAP_DAY // self.amount) * self.amount
        shifted = f"{_day(leap_year, first)}, in other years {_day(leap_year + 1, first)}"
        turns = [self._turn(year) for year in sorted({today.year, leap_year})]
        said = (
            f"'{self._every}' are counted by the day of the year: {', '.join(turns)}; "
            f"in {leap_year} it is due a day earlier from the leap day on ({shifted})"
        )
        return (said,)

    @property
    def _every(self) -> str:
        return f"{self.amount} {self.unit}{'s' if self.amount > 1 else ''}"

    @property
    def _usual(self) -> Dst:
        return FIXED_TIME if self.takes_at else FOLLOWS_THE_CLOCK

    def _line(self) -> str:
        """The same as a cron expression; empty where none can say it."""
        step = f"*/{self.amount}" if self.amount > 1 else "*"
        of_day = f"{self.at.minute} {self.at.hour}"
        match self.unit:
            case "minute":
                return f"{step} * * * *"
            case "hour":
                return f"0 {step} * * *"
            case "month":
                # `*/5` would count from January: 1, 6, 11.
                return f"{of_day} 1 {','.join(map(str, self._multiples()))} *"
        return f"{of_day} * * *" if self.amount == 1 else ""

    def _multiples(self) -> range:
        return range(self.amount, MOST[self.unit] + 1, self.amount)

    def _uneven(self) -> Iterator[str]:
        amount, last = self.amount, self._multiples()[-1]
        if self.unit == "minute" and 60 % amount:
            yield (
                f"begins anew each hour: from :{last} to :00 it is {60 - last} minutes "
                f"(for real time write every = '{amount}m')"
            )
        if self.unit == "hour" and 24 % amount:
            yield (
                f"begins anew each day: from {last:02}:00 to 00:00 it is {24 - last} hours "
                f"(for real time write every = '{amount}h')"
            )
        if self.unit == "month" and 12 % amount:
            months = " and ".join(month_name[month] for month in self._multiples())
            yield f"is due in {months} alone: it begins anew each year"

    def _turn(self, year: int) -> str:
        """From the last day of a year to the first of the next."""
        last = _days_of(year) // self.amount * self.amount
        days = _days_of(year) - last + self.amount
        return f"{_day(year, last)} {year} to {_day(year + 1, self.amount)} is {days} days"

    def _by_day_of_year(self, after: datetime, until: datetime) -> Iterator[datetime]:
        last = after
        for day in self._days(start(after, self.timezone).date()):
            passes = instants(datetime.combine(day, self.at), self.timezone, self.dst)
            for due_at in passes:
                if last < due_at <= until:
                    yield due_at
                    last = due_at
            if passes and passes[0] > until:
                return

    def _days(self, first: date) -> Iterator[date]:
        """The days from `first` on whose place in their year is a multiple."""
        for year in range(first.year, LATEST.year + 1):
            new_year = date(year, 1, 1)
            for place in range(self.amount, _days_of(year) + 1, self.amount):
                day = new_year + timedelta(days=place - 1)
                if first <= day <= LATEST.date():
                    yield day


def read_every(every: Any) -> tuple[int, str]:
    """The number and the unit of `3 days`.

    Raises ScheduleError for what has no meaning, or would not be due as it says.
    """
    text = " ".join(every.lower().split()) if isinstance(every, str) else ""
    matched = _WRITTEN.fullmatch(text)
    if not matched:
        raise _refused(every, "it is no number of minutes, hours, days or months", _meant(text))
    amount, unit = int(matched[1]), matched[2]
    if unit not in MOST:
        reason = "it is counted in minutes, hours, days or months alone"
        raise _refused(every, reason, _without_unit(amount, unit))
    if not amount:
        raise _refused(every, "nothing is a multiple of 0", _CURE)
    if amount > MOST[unit]:
        field = "day of the year" if unit == "day" else unit
        reason = f"the {field} is divided by it, and is {MOST[unit]} at most"
        raise _refused(every, reason, _too_many(amount, unit))
    return amount, unit


def _refused(every: Any, reason: str, cure: str) -> ScheduleError:
    return ScheduleError(str(Problem(f"run_every {every!r}", reason, cure)))


def _meant(text: str) -> str:
    if text in _MEANT:
        return _MEANT[text]
    unit = text.removesuffix("s")
    return f"write '1 {unit}'" if unit in MOST else _CURE


def _without_unit(amount: int, unit: str) -> str:
    if unit == "second":
        return f"write every = '{amount}s' instead"
    if unit == "week" and amount > 1:
        return f"write every = '{7 * amount}d' instead"
    if unit in {"week", "year"}:
        return f"write {unit}ly = True instead"
    return suggestion(unit, MOST) or _CURE


def _too_many(amount: int, unit: str) -> str:
    if unit == "month":
        return "write yearly = True, or a cron expression"
    size, larger = _NEXT.get(unit, (amount, ""))
    if larger and not amount % size and amount // size <= MOST[larger]:
        whole = amount // size
        return f"write '{whole} {larger}{'s' if whole > 1 else ''}'"
    return f"for real time write every = '{amount}{unit[0]}'"


def _days_of(year: int) -> int:
    return 366 if isleap(year) else 365


def _day(year: int, place: int) -> str:
    """The day of that place in its year: `3 January`."""
    day = date(year, 1, 1) + timedelta(days=place - 1)
    return f"{day.day} {month_name[day.month]}"
