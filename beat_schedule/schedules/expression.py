"""Cron expressions as people write them, turned into the one form that cronsim reads."""

from dataclasses import dataclass
from typing import Any

from beat_schedule.errors import Problem, ScheduleError, suggestion

from .fields import DAY, FIELDS, MONTH

WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    # Frappe's own words in its `cron`.
    "annual": "0 0 1 1 *",
    "yearly": "0 0 1 1 *",
    "monthly": "0 0 1 * *",
    "weekly": "0 0 * * 0",
    "daily": "0 0 * * *",
    "midnight": "0 0 * * *",
    "hourly": "0 * * * *",
}

_SHAPE = "write five fields: minute, hour, day of month, month, weekday; or six with seconds first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A cron expression that has a meaning."""

    #: As it was given, but for its blanks.
    text: str
    #: Six fields, seconds first, in numbers.
    fields: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def canonical(self) -> str:
        return " ".join(self.fields)

    @property
    def is_wild(self) -> bool:
        """Whether a field of the time of day begins with `*`: such a schedule follows real time."""
        return any(field.startswith("*") for field in self.fields[:3])


def read(text: Any) -> Expression:
    """Make sense of `text`, or raise a ScheduleError that says what to write instead."""
    if not isinstance(text, str):
        raise ScheduleError(str(Problem(f"cron expression {text!r}", "it is no text", _SHAPE)))
    given = " ".join(text.split())
    try:
        fields, warnings = _read(_spelt_out(given).split())
    except ScheduleError as refused:
        raise ScheduleError(f"cron expression {given!r}: {refused}") from None
    return Expression(text=given, fields=fields, warnings=warnings)


def impossible(expression: Expression) -> ScheduleError:
    """What to say when no day of any year is meant."""
    day, month = expression.fields[3], expression.fields[4]
    return ScheduleError(
        f"cron expression {expression.text!r}: {DAY.name} {day!r} does not exist in"
        f" {MONTH.name} {month!r}, so nothing would ever run (write a day that exists, or L"
        " for the last one)"
    )


def _spelt_out(text: str) -> str:
    word = text.lower()
    if word == "@reboot" or word.startswith("@every"):
        raise ScheduleError(
            f"{text.split(maxsplit=1)[0]!r} is no time of day"
            " (for an interval in real time use Every; what runs at a start is not scheduled)"
        )
    if word in WORDS or " " in word or not word:
        return WORDS.get(word, text)
    cure = suggestion(word if word.startswith("@") else f"@{word}", WORDS) or _SHAPE
    raise ScheduleError(f"{text!r} alone has no meaning ({cure})")


def _read(parts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if len(parts) not in (5, 6):
        cure = f"the year cannot be given; {_SHAPE}" if len(parts) == 7 else _SHAPE  # noqa: PLR2004
        raise ScheduleError(f"it has {len(parts)} fields ({cure})")
    if len(parts) == 5:  # noqa: PLR2004 -- the fields of cron
        return _fields(["0", *parts])
    if _has_seconds_last(parts):
        cure = f"write the seconds first: {' '.join([parts[-1], *parts[:-1]])!r}"
        if parts[-1] == "0" and _warnings(parts) is not None:
            cure += f"; or, if Sunday is meant: {' '.join([*parts[:-1], 'sun'])!r}"
        raise ScheduleError(f"its last field {parts[-1]!r} looks like seconds ({cure})")
    return _fields(parts)


def _fields(parts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    read = [field.read(part) for field, part in zip(FIELDS, parts, strict=True)]
    warnings = [warning for _, warnings in read for warning in warnings]
    return tuple(written for written, _ in read), tuple(warnings)


def _has_seconds_last(parts: list[str]) -> bool:
    """Whether six fields make sense with the seconds last, and less sense with them first.

    Last, as croniter has them: when first is an error or meets a step beyond its field, or when
    the last field is a bare 0 while the first is none, or while the months are restricted.
    """
    last = _warnings([parts[-1], *parts[:-1]])
    if last is None:
        return False
    first = _warnings(parts)
    if first is None or len(first) > len(last):
        return True
    return parts[-1] == "0" and (parts[0] != "0" or not parts[4].startswith(("*", "?")))


def _warnings(parts: list[str]) -> tuple[str, ...] | None:
    """What is odd about six fields with the seconds first; None when they have no meaning."""
    try:
        return _fields(parts)[1]
    except ScheduleError:
        return None
