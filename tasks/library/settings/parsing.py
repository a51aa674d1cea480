"""What the texts of settings mean; each function raises ValueError with the cure in its words."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from beat_schedule.errors import suggestion
from tasks.library.days import BEGINNING, Period

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGES = ("en", "fr")
LONGEST_LOAN = 3650
#: Longer closed spans are typing errors.
LONGEST_CLOSED = timedelta(days=366)


def whole(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def periods(text: str) -> tuple[Period, ...]:
    """`30`, or with its history `30, 21 from 2026-09-01`, in the order of the dates."""
    found = [_period(part.strip()) for part in text.split(",")]
    first, *later = found
    if first.since != BEGINNING:
        raise ValueError("must begin with a plain number of days, as in 30, 21 from 2026-09-01")
    for before, after in zip(found, later, strict=False):
        if after.since <= before.since:
            raise ValueError("must name later dates later, each once")
    return tuple(found)


def _period(text: str) -> Period:
    days, _, since = (part.strip() for part in text.partition(" from "))
    return Period(whole(1, LONGEST_LOAN)(days), _date(since) if since else BEGINNING)


def zone(text: str) -> ZoneInfo:
    if text not in available_timezones():
        hint = suggestion(text, available_timezones()) or "write it as Europe/Paris"
        raise ValueError(f"must be a time zone; {hint}")
    return ZoneInfo(text)


def weekdays(text: str) -> frozenset[int]:
    names = _listed(text.lower())
    if not set(names) <= set(WEEKDAYS):
        raise ValueError(f"must be none, or some of {','.join(WEEKDAYS)}")
    if len(set(names)) == len(WEEKDAYS):
        raise ValueError("must leave one day open")
    return frozenset(WEEKDAYS.index(name) for name in names)


def dates(text: str) -> tuple[tuple[date, date], ...]:
    return tuple(_span(part) for part in _listed(text))


def _span(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    span = _date(first), _date(last or first)
    if not timedelta(0) <= span[1] - span[0] <= LONGEST_CLOSED:
        raise ValueError("must have each span run forward, for a year at most")
    return span


def quiet_hours(text: str) -> tuple[time, time] | None:
    if text.strip() == "off":
        return None
    found = re.fullmatch(r"\s*([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\s*", text)
    if not found:
        raise ValueError("must be off, or two times as 21:00-07:00")
    hour, minute, last_hour, last_minute = (int(part) for part in found.groups())
    start, stop = time(hour, minute), time(last_hour, last_minute)
    if start == stop:
        raise ValueError("must leave some time in which mail may be sent")
    return start, stop


def language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"must be {' or '.join(LANGUAGES)}")
    return text


def _listed(text: str) -> list[str]:
    if text.strip() in {"", "none"}:
        return []
    return [part.strip() for part in text.split(",")]


def _date(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("must write dates as 2026-09-01")
    return date.fromisoformat(text)
