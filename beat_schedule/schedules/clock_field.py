"""The grammar of one field as APScheduler has it: `hour='6'`, `day='last fri'`, `minute='*/10'`.

APScheduler's documentation, CronTrigger, "Expression types". Where its parser overlooks the end of
a name (`mon/2` counts as `mon`), this one complains.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from beat_schedule.errors import Problem, ScheduleError, suggestion

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)

#: Which of its weekdays in the month; the last one comes after the others.
POSITIONS = ("1st", "2nd", "3rd", "4th", "5th", "last")
LAST = "last"

_NUMBERS = r"(?P<base>\*|(?P<first>[0-9]{1,4})(?:-(?P<end>[0-9]{1,4}))?)(?:/(?P<step>[0-9]{1,4}))?"
_NAMES = r"(?P<base>(?P<first>[a-z]+)(?:-(?P<end>[a-z]+))?)(?P<step>)"
_NTH = re.compile(rf"(?P<nth>{'|'.join(POSITIONS)}) +(?P<weekday>\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockField:
    """One of the eight fields; a greater one comes first."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def span(self) -> str:
        """What may stand in it, in words."""
        numbers = f"a number from {self.low} to {self.high}"
        return f"{numbers} or one of {', '.join(self.names)}" if self.names else numbers


DAY = ClockField(name="day", low=1, high=31)

#: As APScheduler orders them: what is not said means any above the least that is said, and the
#: first below it.
CLOCK_FIELDS = (
    ClockField(name="year", low=1970, high=9999),
    ClockField(name="month", low=1, high=12, names=_MONTHS),
    DAY,
    ClockField(name="week", low=1, high=53),
    ClockField(name="day_of_week", low=0, high=6, names=WEEKDAYS),
    ClockField(name="hour", low=0, high=23),
    ClockField(name="minute", low=0, high=59),
    ClockField(name="second", low=0, high=59),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one field says."""

    text: str
    numbers: frozenset[int]
    #: Of the field `day`: positions (the last is 5) and weekdays (Monday is 0).
    nth: tuple[tuple[int, int], ...] = ()
    has_last_day: bool = False

    def has_day(self, day: date) -> bool:
        """Whether the field `day` means that day."""
        if day.day in self.numbers:
            return True
        length = calendar.monthrange(day.year, day.month)[1]
        if self.has_last_day and day.day == length:
            return True
        met = {((day.day - 1) // 7, day.weekday())}
        if day.day + 7 > length:
            met.add((POSITIONS.index(LAST), day.weekday()))
        return not met.isdisjoint(self.nth)


def read_field(field: ClockField, value: Any) -> Said:
    """Make sense of what is given for the field; raises ScheduleError that says what to write."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refused(field, value, f"its type is {type(value).__name__}", "write text")
    text = " ".join(str(value).lower().split())
    numbers: set[int] = set()
    nth: list[tuple[int, int]] = []
    has_last_day = False
    for term in (each.strip() for each in text.split(",")):
        if field is DAY and term == LAST:
            has_last_day = True
        elif field is DAY and (found := _NTH.fullmatch(term)):
            nth.append((POSITIONS.index(found["nth"]), _weekday(field, value, found["weekday"])))
        else:
            numbers.update(_numbers(field, value, term))
    return Said(text=text, numbers=frozenset(numbers), nth=tuple(nth), has_last_day=has_last_day)


def _numbers(field: ClockField, value: Any, term: str) -> range:
    found = re.fullmatch(_NUMBERS, term) or (field.names and re.fullmatch(_NAMES, term))
    if not found:
        raise _refused(field, value, f"{term!r} has no meaning", _cure(field, term))
    if found["base"] == "*":
        first, end = field.low, field.high
    else:
        first = _number(field, value, found["first"])
        # Without a step one number is itself; with one it begins there.
        alone = field.high if found["step"] else first
        end = _number(field, value, found["end"]) if found["end"] else alone
    if end < first:
        raise _refused(field, value, f"{term!r} goes backwards", "write the smaller one first")
    step = int(found["step"] or 1)
    if step == 0:
        raise _refused(field, value, "a step of 0 goes nowhere", "write at least 1")
    if found["step"] and step > end - first:
        raise _refused(
            field,
            value,
            f"a step of {step} is beyond the {end - first} from {first} to {end}",
            f"write {first} for once each time, or use the trigger 'interval'",
        )
    return range(first, end + 1, step)


def _number(field: ClockField, value: Any, text: str) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if not text.isdigit():
        cure = suggestion(text, field.names) or f"write {field.span}"
        raise _refused(field, value, f"{text!r} has no meaning", cure)
    number = int(text)
    if not field.low <= number <= field.high:
        raise _refused(field, value, f"{number} is out of range", f"write {field.span}")
    return number


def _weekday(field: ClockField, value: Any, text: str) -> int:
    if text in WEEKDAYS:
        return WEEKDAYS.index(text)
    cure = suggestion(text, WEEKDAYS) or f"write one of {', '.join(WEEKDAYS)}"
    raise _refused(field, value, f"{text!r} is no weekday", cure)


def _cure(field: ClockField, term: str) -> str:
    if term.startswith("/"):
        return f"did you mean '*{term}'?"
    return f"write {field.span}, a range, or a step such as '*/2'"


def _refused(field: ClockField, value: Any, reason: str, cure: str) -> ScheduleError:
    return ScheduleError(str(Problem(f"{field.name}={value!r}", reason, cure)))
