"""A short name for what names the due times of a schedule, alike in every process."""

import hashlib
import re
from typing import Any

from celery.schedules import BaseSchedule
from celery.schedules import schedule as interval_schedule

from .base import Schedule
from .foreign import Foreign

#: Where Python put something in this process.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

#: What Celery's schedules carry around that names no due time; the zone is added apart.
_LUGGAGE = {"_app", "nowfun", "tz", "utc_enabled"}


def fingerprint(schedule: Schedule) -> str:
    """Changes with the expression, interval, zone, clock changes or bounds, and with nothing else.

    16 hexadecimal digits.
    """
    return hashlib.sha256(stable_text(schedule).encode()).hexdigest()[:16]


def stable_text(value: Any) -> str:
    """What a value shows of itself, but for its place in memory and any order that is chance."""
    if isinstance(value, Foreign):
        return f"Foreign({_guest(value.schedule)})"
    if isinstance(value, Schedule):
        return f"{type(value).__name__}({', '.join(map(stable_text, value.arguments))})"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(stable_text, value))})"
    if isinstance(value, set | frozenset):
        return f"({', '.join(sorted(map(stable_text, value)))})"
    if isinstance(value, dict):
        items = [(name, stable_text(item)) for name, item in value.items()]
        return stable_text(sorted(items, key=stable_text))
    return _ADDRESS.sub("", repr(value))


def _guest(schedule: BaseSchedule) -> str:
    if isinstance(schedule, interval_schedule):
        return f"interval {schedule.run_every!r}"
    kind = f"{type(schedule).__module__}.{type(schedule).__qualname__}"
    return f"{kind} {_made_from(schedule)} {schedule.tz}"


def _made_from(schedule: BaseSchedule) -> str:
    """What pickle would keep of it."""
    try:
        _, arguments, *state = schedule.__reduce_ex__(2)
    except Exception:  # noqa: BLE001 -- whatever a guest's class raises
        return stable_text(repr(schedule))
    kept = state[0] if state and isinstance(state[0], dict) else {}
    return stable_text((arguments, {name: kept[name] for name in kept.keys() - _LUGGAGE}))
