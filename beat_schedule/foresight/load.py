"""How many runs there are when: by the hour of the day and of the week, and by the minute."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from beat_schedule.entries import Entry

from .calendar import Calendar, instant_of

#: Clocks are set to a multiple of this from UTC, so that what lies in it has one hour everywhere.
QUARTER = 900
MINUTE = 60
HOURS = 24
WEEK = 7 * HOURS

#: Of so many due times not each is looked at: those in a quarter of an hour are counted at once.
DENSE = 20_000


def per_hour_of_week(entries: Iterable[Entry], calendar: Calendar, zone: ZoneInfo) -> list[int]:
    """Runs in each hour of the week by the clock of `zone`, Monday 00:00 first, over the span."""
    alike = Counter((entry.schedule, entry.spread) for entry in entries)
    some = {(entry.schedule, entry.spread): entry for entry in entries}
    hours = [0] * WEEK
    hour_of = _Hours(zone)
    for like, times in alike.items():
        for quarter, count in _quarters(calendar.sent(some[like])):
            hours[hour_of(quarter)] += count * times
    return hours


def per_hour_of_day(per_week: Sequence[int]) -> list[int]:
    """The same by the hour of the day."""
    return [sum(per_week[hour::HOURS]) for hour in range(HOURS)]


def _quarters(sent: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Each quarter of an hour since the epoch that has some, and how many."""
    if len(sent) < DENSE:
        return Counter(each // QUARTER for each in sent).items()
    quarters = range(sent[0] // QUARTER, sent[-1] // QUARTER + 1)
    edges = [bisect_left(sent, quarter * QUARTER) for quarter in (*quarters, quarters[-1] + 1)]
    return zip(quarters, (after - at for at, after in pairwise(edges)), strict=True)


class _Hours:
    """The hour of the week of each quarter of an hour, by a zone's clock."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, int] = {}

    def __call__(self, quarter: int) -> int:
        if quarter not in self._known:
            local = instant_of(quarter * QUARTER).astimezone(self._zone)
            self._known[quarter] = local.weekday() * HOURS + local.hour
        return self._known[quarter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """A minute, and how many entries are sent in it."""

    at: datetime
    keys: tuple[str, ...]


def per_minute(entries: Iterable[Entry], calendar: Calendar) -> dict[int, list[str]]:
    """By minute since the epoch the keys that are sent in it; for spans of days, not of years."""
    minutes: dict[int, list[str]] = {}
    for entry in entries:
        for minute in {each // MINUTE for each in calendar.sent(entry)}:
            minutes.setdefault(minute, []).append(entry.key)
    return minutes


def hottest(minutes: dict[int, list[str]], count: int) -> list[Minute]:
    """The minutes with most entries, the earliest of equal ones first."""
    busiest = sorted(minutes.items(), key=lambda each: (-len(each[1]), each[0]))[:count]
    return [Minute(at=instant_of(at * MINUTE), keys=tuple(sorted(keys))) for at, keys in busiest]
