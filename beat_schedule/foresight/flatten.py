"""Spreads that would take the crowd out of the busiest minutes, with as few changes as can be.

`spread` delays the sending alone, by a part of it that is fixed by the entry's key: no due time
moves, and what a run is for stays the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from beat_schedule.entries import Entry
from beat_schedule.events import offset
from beat_schedule.schedules import shortest_gap

from .calendar import Calendar
from .load import MINUTE

_A_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A spread for an entry, and by how much it would be sent later."""

    entry: Entry
    spread: timedelta
    later: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Flattened:
    """What could be done, and the most entries in one minute before and after."""

    suggestions: Sequence[Suggestion]
    before: int
    after: int


def flattened(
    entries: Iterable[Entry], calendar: Calendar, *, within: timedelta, peak: int | None = None
) -> Flattened:
    """Spreads of at most `within` by which no minute has more than `peak` entries, if they can.

    Without `peak` it is half of the most that a minute has now. Those that are due most often keep
    their place; what has a spread already, or is due too often to be moved, keeps it too.
    """
    sent = {entry.key: calendar.sent(entry) for entry in entries}
    by_key = {entry.key: entry for entry in entries}
    load: Counter[int] = Counter()
    now = _minutes_of(sent)
    before = max(now.values(), default=0)
    peak = peak or max((before + 1) // 2, 1)
    order = sorted(
        by_key, key=lambda key: (bool(_choices(by_key[key], within)), -len(sent[key]), key)
    )
    suggestions = []
    for key in order:
        spread = _best(by_key[key], sent[key], load, within, peak)
        later = offset(key, spread) if spread else timedelta(0)
        load.update(_later(sent[key], later))
        if spread:
            suggestions.append(Suggestion(entry=by_key[key], spread=spread, later=later))
    after = max(load.values(), default=0)
    if after >= before:
        return Flattened(suggestions=(), before=before, after=before)
    suggestions.sort(key=lambda each: each.entry.key)
    return Flattened(suggestions=suggestions, before=before, after=after)


def _choices(entry: Entry, within: timedelta) -> list[timedelta]:
    """Spreads to choose from, the shortest first: none may reach the next due time."""
    if entry.spread:
        return []
    gap = shortest_gap(entry.schedule)
    longest = within if gap is None else min(within, gap / 2)
    return [_A_MINUTE * number for number in range(1, longest // _A_MINUTE + 1)]


def _best(
    entry: Entry,
    sent: Sequence[int],
    load: Mapping[int, int],
    within: timedelta,
    peak: int,
) -> timedelta:
    """None if it fits as it is; else the shortest that fits, or the one that crowds least."""
    crowds = _crowd(sent, timedelta(0), load)
    best = timedelta(0)
    if crowds < peak:
        return best
    for spread in _choices(entry, within):
        others = _crowd(sent, offset(entry.key, spread), load)
        if others < crowds:
            crowds, best = others, spread
        if crowds < peak:
            break
    return best


def _crowd(sent: Sequence[int], later: timedelta, load: Mapping[int, int]) -> int:
    """The most others that it meets."""
    return max((load.get(minute, 0) for minute in _later(sent, later)), default=0)


def _later(sent: Sequence[int], later: timedelta) -> set[int]:
    seconds = later // _SECOND
    return {(each + seconds) // MINUTE for each in sent}


def _minutes_of(sent: Mapping[str, Sequence[int]]) -> Counter[int]:
    minutes: Counter[int] = Counter()
    for each in sent.values():
        minutes.update({at // MINUTE for at in each})
    return minutes
