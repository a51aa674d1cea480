"""The grammar of one cron field, and how each field is written so that cronsim reads it alike."""

import re
from dataclasses import dataclass

from beat_schedule.errors import Problem, ScheduleError, suggestion

_NUMBER = re.compile(r"[0-9]{1,9}")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One of the six columns of an expression."""

    name: str
    low: int
    #: The last number before it starts again; Sunday's second number 7 lies beyond.
    high: int
    names: tuple[str, ...] = ()
    highest: int | None = None

    @property
    def span(self) -> str:
        """What may stand in it, in words."""
        numbers = f"a number from {self.low} to {self.highest or self.high}"
        return f"{numbers} or one of {', '.join(self.names)}" if self.names else numbers

    def read(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The field as cronsim reads it, and what is odd about it."""
        terms = [_Term(self, text, term) for term in text.split(",")]
        written = ",".join(term.written() for term in terms)
        return written, tuple(filter(None, (term.warning() for term in terms)))


SECOND = Field(name="second", low=0, high=59)
MINUTE = Field(name="minute", low=0, high=59)
HOUR = Field(name="hour", low=0, high=23)
DAY = Field(name="day of month", low=1, high=31)
MONTH = Field(name="month", low=1, high=12, names=_MONTHS)
WEEKDAY = Field(name="weekday", low=0, high=6, names=_DAYS, highest=7)
FIELDS = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY)


class _Term:
    """One item of a field's list: `*`, `5`, `mon-fri`, `*/20`, `L`, `fri#2`."""

    def __init__(self, field: Field, whole: str, text: str) -> None:
        self.field = field
        self.whole = whole
        self.text = text.lower()
        self.base, slash, step = self.text.partition("/")
        if self.base == "?":
            self.base = "*"
        self.step = self._step(step) if slash else 1

    def written(self) -> str:
        if not self.text:
            raise self._refused("an item of the list is empty", "take out the stray comma")
        if special := self._special():
            return special
        if self.base == "*":
            return "*" if self.step == 1 else f"*/{self.step}"
        start, dash, end = self.base.partition("-")
        if dash:
            return self._range(self._number(start), self._number(end))
        if self.step > 1:
            return self._range(self._wrapped(self._number(start)), self.field.high)
        return str(self._number(start))

    def warning(self) -> str | None:
        values = self.field.high - self.field.low + 1
        if self.step < values:
            return None
        return (
            f"{self.field.name} {self.whole!r}: a step of {self.step} is beyond the field's"
            f" {values} values, so only the first of them is ever met"
            " (for an interval in real time use Every)"
        )

    def _step(self, text: str) -> int:
        if not _NUMBER.fullmatch(text) or int(text) == 0:
            raise self._refused(
                f"{text!r} is no step", "after the slash write a whole number, at least 1"
            )
        return int(text)

    def _special(self) -> str:
        """`L`, `LW`, `5L`, `fri#2`; empty when it is none of them."""
        special = ""
        if self.field is DAY and self.base in ("l", "lw"):
            special = self.base.upper()
        elif self.field is WEEKDAY and "#" in self.base:
            special = self._nth()
        elif self.field is WEEKDAY and self.base.endswith("l"):
            if self.base == "l":
                raise self._refused(
                    "'L' alone says no weekday", "for the last Friday of the month write 5L"
                )
            special = f"{self._number(self.base[:-1])}L"
        if special and "/" in self.text:
            raise self._refused("it cannot have a step", f"write {self.base.upper()!r} alone")
        return special

    def _nth(self) -> str:
        day, _, nth = self.base.partition("#")
        if not _NUMBER.fullmatch(nth) or not 1 <= int(nth) <= 5:  # noqa: PLR2004 -- weeks a month
            raise self._refused(
                f"{nth!r} is no week of a month", "after the # write a number from 1 to 5"
            )
        return f"{self._number(day)}#{int(nth)}"

    def _range(self, start: int, end: int) -> str:
        """A range; one that runs over the field's end is written out."""
        if start < end:
            return f"{start}-{end}" if self.step == 1 else f"{start}-{end}/{self.step}"
        if start == end:
            return str(start)
        start, end = self._wrapped(start), self._wrapped(end)
        values = list(range(start, end + 1))
        if end < start:
            values = [*range(start, self.field.high + 1), *range(self.field.low, end + 1)]
        return ",".join(map(str, values[:: self.step]))

    def _wrapped(self, value: int) -> int:
        """Sunday as 0, whichever number it was given."""
        return self.field.low if value > self.field.high else value

    def _number(self, text: str) -> int:
        if text in self.field.names:
            return self.field.names.index(text) + self.field.low
        if not text:
            raise self._refused("a number is missing", f"write {self.field.span}")
        if not _NUMBER.fullmatch(text):
            cure = suggestion(text, self.field.names) or f"write {self.field.span}"
            raise self._refused(f"{text!r} has no meaning here", cure)
        value = int(text)
        if not self.field.low <= value <= (self.field.highest or self.field.high):
            raise self._refused(f"{value} is out of range", f"write {self.field.span}")
        return value

    def _refused(self, reason: str, cure: str) -> ScheduleError:
        return ScheduleError(str(Problem(f"{self.field.name} {self.whole!r}", reason, cure)))
