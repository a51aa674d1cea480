"""Entries that a change makes meet in a minute, which they did not before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from beat_schedule.entries import Entry
from beat_schedule.schedules import Schedule

from .calendar import Calendar, instant_of
from .differences import Change
from .load import MINUTE

Like: TypeAlias = tuple[Schedule, timedelta]

NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """An entry that changed, and those that are sent in the same minute, and were not before."""

    key: str
    others: Sequence[str]
    #: In how many minutes, with any of them.
    times: int
    first: datetime


def new_collisions(
    changes: Iterable[Change], old: Iterable[Entry], new: Sequence[Entry], calendar: Calendar
) -> list[Collision]:
    """Of each entry whose runs change: whom it meets that it never met before, in the span.

    Of two that change and meet it is told once. What is sent in every minute meets everything, and
    is left out.
    """
    meetings = _Meetings(calendar)
    before = {entry.key: entry for entry in old}
    told: set[frozenset[str]] = set()
    found = []
    for change in changes:
        if change.new is None or not change.changes_runs:
            continue
        times: set[int] = set()
        others = []
        for other in new:
            pair = frozenset((change.key, other.key))
            if len(pair) == 1 or pair in told:
                continue
            together = meetings.of(change.new, other)
            if together and not meetings.of(change.old, before.get(other.key)):
                told.add(pair)
                times |= together
                others.append(other.key)
        if others:
            found.append(
                Collision(
                    key=change.key,
                    others=tuple(others),
                    times=len(times),
                    first=instant_of(min(times) * MINUTE),
                )
            )
    return found


class _Meetings:
    """In which minutes two entries are both sent; reckoned once for all that are alike."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._minutes: dict[Like, frozenset[int]] = {}
        self._known: dict[tuple[Like, Like], frozenset[int]] = {}
        self._all = (calendar.until - calendar.since) // timedelta(seconds=MINUTE)

    def of(self, one: Entry | None, other: Entry | None) -> frozenset[int]:
        if one is None or other is None:
            return NONE
        likes = (one.schedule, one.spread), (other.schedule, other.spread)
        if likes not in self._known:
            self._known[likes] = self._sent(one) & self._sent(other)
        return self._known[likes]

    def _sent(self, entry: Entry) -> frozenset[int]:
        like = (entry.schedule, entry.spread)
        if like not in self._minutes:
            sent = self._calendar.sent(entry)
            is_always = isinstance(sent, range) and sent.step <= MINUTE
            minutes = NONE if is_always else frozenset(each // MINUTE for each in sent)
            self._minutes[like] = NONE if len(minutes) >= self._all else minutes
        return self._minutes[like]
