"""APScheduler's triggers as schedules: `cron`, `interval` and `date`, with their own arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

from beat_schedule.errors import ScheduleError, suggestion
from beat_schedule.schedules import At, Bounded, Dst, Every, Fields, Schedule
from beat_schedule.schedules.clock_field import CLOCK_FIELDS
from beat_schedule.schedules.zones import zone
from beat_schedule.times import fault

from .report import RefusedError, shown

_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_BOUNDS = ("start_date", "end_date")
_INTERVAL = "write minutes=5, hours=2, …"

#: What each trigger may be told, beside a zone.
FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    "cron": (*(field.name for field in CLOCK_FIELDS), *_BOUNDS),
    "interval": (*_UNITS, *_BOUNDS),
    "date": ("run_date",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a trigger is told."""

    fields: Mapping[str, Any]
    zone: ZoneInfo
    dst: Dst | None = None

    def moment(self, name: str) -> datetime | None:
        """A date, a datetime or the text of one; without a zone by that of the trigger."""
        said = self.fields.get(name)
        if said is None:
            return None
        try:
            moment = datetime.fromisoformat(said) if isinstance(said, str) else said
        except ValueError:
            moment = None
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if not isinstance(moment, datetime):
            cure = "write it as '2026-12-31 18:30:00'"
            raise RefusedError(f"{name}={shown(said)} is no date", cure)
        if moment.microsecond:
            raise RefusedError(
                f"{name}={shown(said)} has a fraction of a second: it would be another one in "
                "each process",
                "write a fixed date",
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)


def schedule_of(trigger: Any, told: Told) -> Schedule:
    """What the trigger means; raises RefusedError, ScheduleError."""
    return _MADE[trigger_named(trigger)](told)


def trigger_named(trigger: Any) -> str:
    """Raises RefusedError for what is none of the three."""
    names = ", ".join(map(repr, FIELDS_OF))
    if trigger is None:
        raise RefusedError("no trigger is said", f"write one of {names}")
    if not isinstance(trigger, str):
        raise RefusedError(
            f"the trigger is {shown(trigger)}", f"write its name, {names}, and its fields"
        )
    if trigger not in FIELDS_OF:
        cure = suggestion(trigger, FIELDS_OF) or f"write one of {names}"
        raise RefusedError(f"unknown trigger {trigger!r}", cure)
    return trigger


def zone_of(said: Any, default: ZoneInfo) -> ZoneInfo:
    """A name, a ZoneInfo, or another library's zone that knows its name; raises ScheduleError."""
    if said is None:
        return default
    name = getattr(said, "key", None) or getattr(said, "zone", None)
    return zone(name if isinstance(said, tzinfo) and isinstance(name, str) else said)


def _cron(told: Told) -> Schedule:
    fields = {name: said for name, said in told.fields.items() if name not in _BOUNDS}
    return _bounded(Fields(fields, told.zone, told.dst), told, told.moment("start_date"))


def _interval(told: Told) -> Schedule:
    parts = {name: told.fields[name] for name in _UNITS if told.fields.get(name)}
    for name, part in parts.items():
        if isinstance(part, bool) or not isinstance(part, int | float) or isnan(part):
            raise RefusedError(f"{name}={shown(part)} is no number", "write one, as 30")
    if not parts:
        raise RefusedError("no interval is said, so it would be due each second", _INTERVAL)
    # Without a start the grid of the epoch: each process starts at another time.
    every = Every(_span(parts), told.moment("start_date"))
    return _bounded(every, told, None)


def _span(parts: Mapping[str, Any]) -> timedelta:
    """The parts together; raises RefusedError in the words in which they were given."""
    try:
        span = timedelta(**parts)
    except OverflowError:
        span = timedelta(days=timedelta.max.days)
    if reason := fault(span):
        said = ", ".join(f"{name}={shown(part)}" for name, part in parts.items())
        raise RefusedError(f"{said}: {reason}", _INTERVAL)
    return span


def _date(told: Told) -> Schedule:
    moment = told.moment("run_date")
    if moment is None:
        raise RefusedError(
            "no run_date is said, so it would run whenever a process starts",
            "write run_date='2026-12-31 18:30:00', or run it by hand: hookbeat run",
        )
    return At(moment, told.zone)


def _bounded(schedule: Schedule, told: Told, start: datetime | None) -> Schedule:
    end = told.moment("end_date")
    try:
        return Bounded(schedule, start, end) if start or end else schedule
    except ScheduleError:
        raise RefusedError("end_date lies before start_date", "exchange the two") from None


_MADE: Mapping[str, Callable[[Told], Schedule]] = {
    "cron": _cron,
    "interval": _interval,
    "date": _date,
}
