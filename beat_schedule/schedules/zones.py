"""Zones by name, with an answer to a misspelt one."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from beat_schedule.errors import Problem, ScheduleError, suggestion

_CURE = "write a name of the IANA database, such as 'Europe/Paris'"


def zone(name: Any) -> ZoneInfo:
    """The zone of that name; a `ZoneInfo` is taken as it is, if it has a name to be stored by."""
    if isinstance(name, ZoneInfo):
        name = name.key
    if not isinstance(name, str):
        raise ScheduleError(str(Problem(f"timezone {name!r}", "it is no name of a zone", _CURE)))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ScheduleError(
            str(Problem(f"timezone {name!r}", "there is no such zone", _nearest(name)))
        ) from None


def _nearest(name: str) -> str:
    known = available_timezones()
    by_lower = {zone.lower(): zone for zone in known}
    exact = by_lower.get(name.strip().lower().replace(" ", "_"))
    return f"did you mean {exact!r}?" if exact else suggestion(name, known) or _CURE
