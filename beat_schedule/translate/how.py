"""The options that say how: arguments, queue, priority and timeout."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from beat_schedule.errors import suggestion
from beat_schedule.events import Event
from beat_schedule.settings import Settings

from .json_values import json_copy
from .parameters import Lines, read_parameters
from .report import RefusedError, shown

_DURATION = re.compile(r"([0-9]+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

#: Some thirty years: what a timedelta and a database can hold, and nobody means.
_LONGEST_TIMEOUT = 10**9


def read_args(value: object, _event: Event, _settings: Settings) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise RefusedError(f"args is {shown(value)}", "write a list")
    return tuple(json_copy(value, "args"))


def read_kwargs(value: object, _event: Event, _settings: Settings) -> Mapping[str, Any]:
    """A dict, or the text of one: `key=value` lines, or JSON."""
    said = read_parameters(value) if isinstance(value, str) else value
    if not isinstance(said, Mapping):
        raise RefusedError(f"kwargs is {shown(value)}", "write a dict, or lines of name=value")
    copied: dict[str, Any] = json_copy(said, "kwargs")
    # Whether a line is a number or text, only the function can tell.
    return said if isinstance(said, Lines) else copied


def read_queue(value: object, _event: Event, settings: Settings) -> str:
    queues = settings.queue_timeouts
    if isinstance(value, str) and value in queues:
        return value
    hint = suggestion(value, queues) if isinstance(value, str) else ""
    raise RefusedError(
        f"unknown queue {shown(value)}",
        hint or f"queues are {', '.join(queues)}; HOOKBEAT_QUEUES declares more",
    )


def read_priority(value: object, _event: Event, _settings: Settings) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9:  # noqa: PLR2004
        return value
    raise RefusedError(f"priority is {shown(value)}", "write 0 to 9; 0 goes first")


def read_timeout(value: object, _event: Event, _settings: Settings) -> timedelta:
    seconds = value
    if isinstance(value, str) and (matched := _DURATION.fullmatch(value.strip())):
        seconds = int(matched[1]) * _SECONDS[matched[2]]
    if (
        isinstance(seconds, int)
        and not isinstance(seconds, bool)
        and 1 <= seconds <= _LONGEST_TIMEOUT
    ):
        return timedelta(seconds=seconds)
    raise RefusedError(f"timeout is {shown(value)}", "write seconds as 90, or '90s', '5m', '2h'")
