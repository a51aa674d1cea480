"""The options that say what becomes of due times that are late, many, or in the way of a run."""

from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from beat_schedule.errors import ScheduleError, suggestion
from beat_schedule.events import Event
from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.schedules.every import read_interval
from beat_schedule.settings import Settings

from .report import RefusedError, shown

Word = TypeVar("Word", bound=StrEnum)

#: More runs of one entry, waiting one behind the other, than anybody wants.
_MOST_CAUGHT_UP = 10_000

_INTERVAL = "write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d'"


def read_catch_up(value: object, _event: Event, _settings: Settings) -> CatchUp:
    return _word("catch_up", value, CatchUp)


def read_overlap(value: object, _event: Event, _settings: Settings) -> Overlap:
    return _word("overlap", value, Overlap)


def read_catch_up_limit(value: object, _event: Event, _settings: Settings) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_CAUGHT_UP:
        return value
    raise RefusedError(f"catch_up_limit is {shown(value)}", f"write 1 to {_MOST_CAUGHT_UP}")


def read_catch_up_window(value: object, _event: Event, _settings: Settings) -> timedelta:
    return _interval("catch_up_window", value)


def read_expires(value: object, _event: Event, _settings: Settings) -> timedelta:
    return _interval("expires", value)


def read_spread(value: object, _event: Event, _settings: Settings) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = f"{value}m"
    return _interval("spread", value, f"write minutes as 30, or {_INTERVAL.removeprefix('write ')}")


def read_tracked(value: object, _event: Event, _settings: Settings) -> bool:
    if isinstance(value, bool):
        return value
    raise RefusedError(f"tracked is {shown(value)}", "write False for a task of a stock worker")


def _word(option: str, value: object, words: type[Word]) -> Word:
    known = [str(word) for word in words]
    if isinstance(value, str) and value in known:
        return words(value)
    hint = suggestion(value.lower(), known) if isinstance(value, str) else ""
    listed = ", ".join(map(repr, known))
    raise RefusedError(f"{option} is {shown(value)}", hint or f"write one of {listed}")


def _interval(option: str, value: object, cure: str = _INTERVAL) -> timedelta:
    try:
        return read_interval(value)
    except ScheduleError:
        raise RefusedError(f"{option} is {shown(value)}", cure) from None
