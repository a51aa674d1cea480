"""APScheduler's fields in words, said as those of a cron expression are."""

import re
from collections.abc import Mapping

from .clock_field import LAST, POSITIONS, Said
from .words import sentence

_STEPS = re.compile(r"\*(/[0-9]+)?")


def sentence_of(fields: Mapping[str, Said]) -> str:
    """By the name of each field what it says; one that is missing may be anything."""
    day, weekday = fields.get("day"), fields.get("day_of_week")
    columns = [_column(fields.get(name)) for name in ("second", "minute", "hour")]
    more = ""
    if day and day.nth and weekday:
        # No cron expression says both.
        days, more = ["*", _column(fields.get("month")), _weekday(weekday)], f", on {day.text}"
    else:
        of_day = _day(day)
        of_weekday = _nth(day) if day and day.nth else _weekday(weekday)
        days = [of_day, _column(fields.get("month")), of_weekday]
    # A list of days may name days of the month and weekdays: either is enough.
    said = sentence((*columns, *days), anded=weekday is not None)
    for name, before in (("week", "week "), ("year", "")):
        if found := fields.get(name):
            more += f", in {before}{found.text}"
    return said + more


def _column(said: Said | None) -> str:
    if said is None:
        return "*"
    if _STEPS.fullmatch(said.text):
        return said.text
    return ",".join(map(str, sorted(said.numbers)))


def _day(said: Said | None) -> str:
    if said is None or (said.nth and not (said.numbers or said.has_last_day)):
        return "*"
    written = _column(said) if said.numbers else ""
    return ",".join(filter(None, [written, "L" if said.has_last_day else ""]))


def _nth(day: Said) -> str:
    places = ("L" if POSITIONS[nth] == LAST else f"#{nth + 1}" for nth, _ in day.nth)
    return ",".join(
        f"{_from_sunday(on)}{place}" for place, (_, on) in zip(places, day.nth, strict=True)
    )


def _weekday(said: Said | None) -> str:
    """Cron counts from Sunday."""
    return ",".join(str(_from_sunday(day)) for day in sorted(said.numbers)) if said else "*"


def _from_sunday(weekday: int) -> int:
    return (weekday + 1) % 7
