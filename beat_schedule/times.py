"""Spans and instants as people write and say them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from beat_schedule.clock import EPOCH
from beat_schedule.errors import Problem, ScheduleError, suggestion

#: No due time is later than the calendar in which they are counted.
LONGEST = datetime(9999, 12, 29, tzinfo=UTC) - EPOCH

#: Of what people ask.
_YEARS = (1000, 9000)

#: How much of an instant is shown.
WHOLE, MINUTES, TIME = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%H:%M:%S"

_UTC = ZoneInfo("UTC")

#: By whose clock people say and are shown when something is.
_zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"([0-9]{1,9}) ?([smhd])")
_CURE = "write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d'"


def read_interval(given: Any) -> timedelta:
    interval = _interval(given)
    if interval is None:
        raise _refused(given, "it is no interval")
    if reason := fault(interval):
        raise _refused(given, reason)
    return interval


def fault(interval: timedelta) -> str:
    """Why nothing can be due so often; empty where it can."""
    if interval < timedelta(seconds=1):
        return "it is shorter than a second"
    if interval % timedelta(seconds=1):
        return "it is no whole number of seconds"
    return "it is longer than the calendar" if interval > LONGEST else ""


def _interval(given: Any) -> timedelta | None:
    if isinstance(given, timedelta):
        return given
    match = _INTERVAL.fullmatch(given.strip().lower()) if isinstance(given, str) else None
    return match and timedelta(**{_UNITS[match[2]]: int(match[1])})


def _refused(given: Any, reason: str) -> ScheduleError:
    return ScheduleError(str(Problem(f"interval {given!r}", reason, _CURE)))


def short(interval: timedelta) -> str:
    """As it is written: the largest unit that goes into it without a rest."""
    amount, unit = _in_its_unit(interval)
    return f"{amount}{unit}"


def spoken(interval: timedelta) -> str:
    """As it is said: `90 seconds`, `1 hour`."""
    amount, unit = _in_its_unit(interval)
    return f"{amount} {_UNITS[unit] if amount > 1 else _UNITS[unit].removesuffix('s')}"


def _in_its_unit(interval: timedelta) -> tuple[int, str]:
    for unit in ("d", "h", "m"):
        if not interval % (size := timedelta(**{_UNITS[unit]: 1})):
            return interval // size, unit
    return interval // timedelta(seconds=1), "s"


def instant_at(said: str, zone: ZoneInfo) -> datetime:
    """A date or time as a person wrote it, in UTC; without an offset it is in `zone`.

    Raises ValueError, with the reason, for what is neither, and for what nobody means: whoever asks
    reckons years from there, and the calendar ends.
    """
    try:
        instant = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError(f"{said!r} is neither a date nor a time") from None
    if not _YEARS[0] <= instant.year <= _YEARS[1]:
        raise ValueError(f"{said!r} is not within the years {_YEARS[0]} to {_YEARS[1]}")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return instant.astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError, with what may have been meant, for a zone that nobody knows."""
    if name not in available_timezones():
        hint = suggestion(name, available_timezones()) or "write it as Europe/Paris or UTC"
        raise ValueError(f"unknown time zone {name!r}; {hint}")
    return ZoneInfo(name)


@contextmanager
def told_in(zone: ZoneInfo) -> Iterator[None]:
    """Let people say and be shown instants by the clock of that zone."""
    before = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(before)


def zone_of_people() -> ZoneInfo:
    """By whose clock an instant is meant that somebody says without an offset."""
    return _zone.get() or _UTC


def shown(at: datetime, form: str = WHOLE) -> str:
    """`2026-05-04 12:00:00Z`, or with the name of the zone if it is another one than UTC."""
    local = at.astimezone(zone_of_people())
    name = local.tzname()
    return f"{local:{form}}{'Z' if name == 'UTC' else f' {name}'}"
