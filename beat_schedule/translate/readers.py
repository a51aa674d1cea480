"""What several options are read with: a word of a few, a whole number, an interval, a switch."""

from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from beat_schedule.errors import ScheduleError, suggestion
from beat_schedule.times import read_interval

from .report import RefusedError, shown

Word = TypeVar("Word", bound=StrEnum)

INTERVAL = "write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d'"


def word(option: str, value: object, words: type[Word]) -> Word:
    """The word of the enum; raises RefusedError, as do all of these."""
    known = [str(each) for each in words]
    if isinstance(value, str) and value in known:
        return words(value)
    hint = suggestion(value.lower(), known) if isinstance(value, str) else ""
    listed = ", ".join(map(repr, known))
    raise RefusedError(f"{option} is {shown(value)}", hint or f"write one of {listed}")


def whole(option: str, value: object, least: int, most: int) -> int:
    """A whole number from `least` to `most`; True is none, though Python counts with it."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise RefusedError(f"{option} is {shown(value)}", f"write {least} to {most}")


def interval(option: str, value: object, cure: str = INTERVAL) -> timedelta:
    try:
        return read_interval(value)
    except ScheduleError:
        raise RefusedError(f"{option} is {shown(value)}", cure) from None


def switch(option: str, value: object, cure: str = "write True or False") -> bool:
    if isinstance(value, bool):
        return value
    raise RefusedError(f"{option} is {shown(value)}", cure)
