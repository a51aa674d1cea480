"""The options that say what becomes of due times that are late, many, or in the way of a run."""

from datetime import timedelta

from beat_schedule.events import Event
from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.settings import Settings

from .readers import INTERVAL, interval, switch, whole, word

#: More runs of one entry, waiting one behind the other, than anybody wants.
_MOST_CAUGHT_UP = 10_000


def read_catch_up(value: object, _event: Event, _settings: Settings) -> CatchUp:
    return word("catch_up", value, CatchUp)


def read_overlap(value: object, _event: Event, _settings: Settings) -> Overlap:
    return word("overlap", value, Overlap)


def read_catch_up_limit(value: object, _event: Event, _settings: Settings) -> int:
    return whole("catch_up_limit", value, 1, _MOST_CAUGHT_UP)


def read_catch_up_window(value: object, _event: Event, _settings: Settings) -> timedelta:
    return interval("catch_up_window", value)


def read_expires(value: object, _event: Event, _settings: Settings) -> timedelta:
    return interval("expires", value)


def read_spread(value: object, _event: Event, _settings: Settings) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = f"{value}m"
    return interval("spread", value, f"write minutes as 30, or {INTERVAL.removeprefix('write ')}")


def read_tracked(value: object, _event: Event, _settings: Settings) -> bool:
    return switch("tracked", value, "write False for a task of a stock worker")
