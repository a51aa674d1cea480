"""The options that say when: `at`, `on`, `timezone`, `dst`, `not_before` and `not_after`."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from beat_schedule.errors import suggestion
from beat_schedule.events import Event
from beat_schedule.schedules import Dst
from beat_schedule.settings import Settings

from .report import RefusedError, known, shown

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: What may be said of each half of daylight saving time.
DST: Mapping[Any, tuple[str, str]] = {"gap": ("run_after", "skip"), "overlap": ("first", "both")}
_DST_CURE = "write {'gap': 'run_after' or 'skip', 'overlap': 'first' or 'both'}, or one of the two"

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def read_at(value: object, event: Event, _settings: Settings) -> tuple[time, ...]:
    if not event.takes_at:
        cure = {
            "cron": "the expression says the time",
            "calendar": "use the event 'cron', or 'daily'",
            "declared": "the schedule says the time (a Task class by run_at)",
        }.get(event.due, "use 'daily' or longer")
        raise RefusedError(f"'at' has no meaning for the event {event.name!r}", cure)
    times = value if isinstance(value, list | tuple) else [value]
    if not times:
        raise RefusedError("'at' is an empty list", "write '06:30', or leave it out for midnight")
    return tuple(sorted({time_of_day(known(each)) for each in times}))


def time_of_day(value: object) -> time:
    """`06:30` and `6:30`; raises RefusedError for anything else."""
    matched = _TIME.fullmatch(value) if isinstance(value, str) else None
    if matched:
        hour, minute = int(matched[1]), int(matched[2])
        if hour < 24 and minute < 60:  # noqa: PLR2004 -- a day has 24 hours, an hour 60 minutes
            return time(hour, minute)
    raise RefusedError(f"{shown(value)} is no time of day", "write it as '06:30', up to '23:59'")


def read_on(value: object, event: Event, _settings: Settings) -> str:
    if event.takes_on == "weekday":
        return _weekday(value, event)
    if event.takes_on == "monthday":
        return _monthday(value, event)
    cure = {
        "cron": "the expression says the day",
        "declared": "the schedule says the day",
        "every": "use 'weekly' or longer",
    }
    raise RefusedError(
        f"'on' has no meaning for the event {event.name!r}",
        cure.get(event.due, "use 'weekly', 'monthly', 'quarterly' or 'yearly'"),
    )


def _weekday(value: object, event: Event) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    for day in WEEKDAYS:
        if word in {day, day[:3]}:
            return day[:3]
    raise RefusedError(
        f"{shown(value)} is no day of the week, as {event.name!r} needs",
        suggestion(word, WEEKDAYS) or "write it as 'mon' or 'monday'",
    )


def _monthday(value: object, event: Event) -> str:
    if value == "last":
        return "L"
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,2}", value) else value
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 31:  # noqa: PLR2004
        return str(number)
    raise RefusedError(
        f"{shown(value)} is no day of the month, as {event.name!r} needs",
        "write 1 to 31, or 'last'",
    )


def read_timezone(value: object, event: Event, _settings: Settings) -> str:
    if not event.takes_timezone:
        raise RefusedError(
            f"'timezone' has no meaning for the event {event.name!r}: it follows real time",
            "leave it out",
        )
    if isinstance(value, str) and value in _zones():
        return value
    hint = suggestion(value, _zones()) if isinstance(value, str) else ""
    raise RefusedError(f"unknown time zone {shown(value)}", hint or "write it as 'Europe/Paris'")


def read_dst(value: object, event: Event, _settings: Settings) -> Dst:
    if not event.takes_timezone:
        raise RefusedError(
            f"'dst' has no meaning for the event {event.name!r}: it follows real time",
            "leave it out",
        )
    said: dict[Any, Any] = {known(half): known(word) for half, word in _halves(value)}
    for half, word in said.items():
        if half not in DST:
            hint = suggestion(half, DST) if isinstance(half, str) else ""
            raise RefusedError(f"dst has no {shown(half)}", hint or _DST_CURE)
        if word not in DST[half]:
            listed = " or ".join(map(repr, DST[half]))
            raise RefusedError(f"dst has {shown(word)} for {half!r}", f"write {listed}")
    return Dst(**said)


def _halves(value: object) -> Iterable[tuple[Any, Any]]:
    if not isinstance(value, Mapping) or not value:
        raise RefusedError(f"dst is {shown(value)}", _DST_CURE)
    return value.items()


def read_moment(option: str) -> Callable[[object, Event, Settings], date]:
    """A reader for a date, or a date with a time of day, with or without an offset."""

    def read(value: object, _event: Event, _settings: Settings) -> date:
        if isinstance(value, date):
            return value
        for kind in (date, datetime):
            with suppress(ValueError, TypeError):
                return kind.fromisoformat(value)  # type: ignore[arg-type]
        raise RefusedError(
            f"{option} is {shown(value)}", "write it as '2026-12-31' or '2026-12-31T18:30'"
        )

    return read


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
