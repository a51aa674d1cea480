"""The entries of one term: how far each is decided, and when to look at it again.

Entries that share a schedule share its arithmetic, and a pass costs what is due, not what exists.
"""

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeAlias
from weakref import WeakValueDictionary

from beat_schedule import logs
from beat_schedule.policies import Policy
from beat_schedule.schedules import Schedule
from beat_schedule.schedules.base import EARLIEST, LATEST

from .agenda import Agenda
from .judge import longest
from .periodic import PeriodicEntry
from .values import Declared, Standing

#: An entry whose schedule raises is asked again after this long. Its `last` stays meanwhile, so
#: what comes due is found then; it is not owed yet, so a Redis that is wiped meanwhile loses it.
BROKEN_AGAIN = timedelta(seconds=10)

#: Of one entry so many due times that are too late are looked at in one pass; then the next.
MOST_TOO_LATE = 10_000

#: Due times that are remembered at once for entries on the same schedule, some 5 MB of them.
_MOST_KEPT = 100_000

#: Due times are whole milliseconds.
RESOLUTION = timedelta(milliseconds=1)

#: What is shared of a schedule: its name, after when, until when, and what is too late.
Asked: TypeAlias = tuple[str, datetime, datetime, datetime]

log = logs.logger("hookbeat.beat")


class Listed:
    """An entry, and what a pass asks of it again and again, asked once."""

    __slots__ = ("entry", "fingerprint", "key", "last", "policy", "schedule", "shares")

    def __init__(self, entry: PeriodicEntry, schedules: MutableMapping[str, Schedule]) -> None:
        self.entry = entry
        self.key = entry.key
        self.policy: Policy = entry.policy
        self.fingerprint = entry.fingerprint
        self.schedule = entry.nominal
        is_shared = schedules.setdefault(self.fingerprint, self.schedule) == self.schedule
        #: Alike for all entries on the same schedule; a guest's may only look the same.
        self.shares = self.fingerprint if is_shared else f"{self.fingerprint} of {self.key}"
        #: Up to where it is decided.
        self.last = LATEST

    def declared(self) -> Declared:
        return Declared(self.key, self.policy.spread, self.fingerprint, self.policy.formerly)


class Roster:
    """Every entry of a beat, by key; `unread` says why that may not be all."""

    def __init__(self, entries: Mapping[str, PeriodicEntry], unread: str = "") -> None:
        self.unread = unread
        #: By fingerprint, those that entries of ours are on.
        self._schedules: MutableMapping[str, Schedule] = WeakValueDictionary()
        self._listed: dict[str, Listed] = {}
        #: What was sent under a key that an entry had before may still be open.
        self._successors: dict[str, str] = {}
        self._former: dict[str, Listed] = {}
        self._every = ChainMap(self._listed, self._former)
        self._tasks: dict[str, str] = {}
        self._agenda = Agenda()
        # What schedules answered in this pass.
        self._dues: dict[Asked, list[datetime]] = {}
        self._kept = 0
        self._nexts: dict[str, _Next] = {}
        self.change(entries)

    def change(self, changes: Mapping[str, PeriodicEntry | None]) -> None:
        """List these entries from now on, each in place of any other of its key; None for none.

        Where they stand is not known until they are taken up.
        """
        for key, entry in changes.items():
            self._agenda.drop(key)
            if entry is None:
                self._listed.pop(key, None)
                self._tasks.pop(key, None)
                if key in self._former:
                    self._tasks[key] = str(self._former[key].entry.task)
                continue
            self._listed[key] = Listed(entry, self._schedules)
            self._tasks[key] = str(entry.task)
            for name in entry.policy.formerly:
                self._successors[name] = key
                self._former[name] = Listed(entry.under(name), self._schedules)
                self._tasks.setdefault(name, str(entry.task))

    def __getitem__(self, key: str) -> Listed:
        return self._listed.get(key) or self._former[key]

    def __contains__(self, key: str) -> bool:
        return key in self._listed

    def keys(self) -> Collection[str]:
        return self._listed.keys()

    def every_key(self) -> Collection[str]:
        """With the keys that entries had before."""
        return self._every.keys()

    def successors(self) -> Mapping[str, str]:
        """By keys that entries had before, the key of each now."""
        return self._successors

    def tasks(self) -> Mapping[str, str]:
        """By every key, the name of each entry's task."""
        return self._tasks

    def declared(self, keys: Iterable[str] | None = None) -> list[Declared]:
        """All of them, or those of these keys that there are."""
        if keys is None:
            return [listed.declared() for listed in self._listed.values()]
        return [self._listed[key].declared() for key in keys if key in self._listed]

    def begin(self, standings: Mapping[str, Standing], now: datetime) -> None:
        """Start where Redis says that each entry stands."""
        self._agenda = Agenda()
        self.go_on(standings, now)

    def go_on(self, standings: Mapping[str, Standing], now: datetime) -> None:
        """The same for some of them."""
        for key, standing in standings.items():
            self._listed[key].last = standing.last
            self.look_when_due(key, now)

    def take(self, now: datetime) -> list[str]:
        """Begin a pass: remove and return what is to be looked at by `now`."""
        self._forget_dues()
        self._nexts.clear()
        return self._agenda.take(now)

    def due(self, key: str, now: datetime) -> list[datetime]:
        """Its undecided due times that are to be sent by `now`, ascending.

        Of very many that are too late to be sent only the first, which are decided alike.
        """
        listed = self._listed[key]
        until = now - listed.policy.spread
        too_late = until - min(longest(listed.policy), until - EARLIEST) - RESOLUTION
        asked = (listed.shares, listed.last, until, too_late)
        if (found := self._dues.get(asked)) is None:
            found = _due(listed, until, too_late)
            self._keep(asked, found)
        return found

    def oldest_due(self, key: str) -> datetime:
        """Its first undecided due time; where its schedule cannot say, as early as it could be."""
        listed = self._listed[key]
        try:
            due_at = self._next(listed)
        except Exception:  # noqa: BLE001 -- it was logged when it was first asked
            due_at = None
        return due_at or listed.last + timedelta(milliseconds=1)

    def look_at(self, key: str, at: datetime) -> None:
        """Look at it at that instant, instead of whenever was said before."""
        self._agenda.put(key, at)

    def look_when_due(self, key: str, now: datetime) -> None:
        """Look at it at its next due time; never where it has none."""
        listed = self._listed[key]
        try:
            due_at = self._next(listed)
        except Exception:
            log.exception("entry.broken", entry=key, task=listed.entry.task)
            self._agenda.put(key, now + BROKEN_AGAIN)
            return
        if due_at is not None:
            self._agenda.put(key, due_at + listed.policy.spread)

    def soonest(self) -> datetime | None:
        """When something is to be looked at next."""
        return self._agenda.soonest()

    def _keep(self, asked: Asked, found: list[datetime]) -> None:
        if self._kept + len(found) > _MOST_KEPT:
            self._forget_dues()
        if len(found) <= _MOST_KEPT:
            self._dues[asked] = found
            self._kept += len(found)

    def _forget_dues(self) -> None:
        self._dues.clear()
        self._kept = 0

    def _next(self, listed: Listed) -> datetime | None:
        """Its first due time after `last`; alike for all on its schedule that stand before it."""
        asked = self._nexts.get(listed.shares)
        if asked is None or not asked.answers(listed.last):
            due_at = listed.schedule.first(listed.last, LATEST)
            asked = self._nexts[listed.shares] = _Next(listed.last, due_at)
        return asked.due_at


def may_have_more(due: Collection[datetime]) -> bool:
    """Whether these may be the first of more that are due by then."""
    return len(due) >= MOST_TOO_LATE


def _due(listed: Listed, until: datetime, too_late: datetime) -> list[datetime]:
    if listed.last < too_late:
        over = list(islice(listed.schedule.between(listed.last, too_late), MOST_TOO_LATE))
        if len(over) == MOST_TOO_LATE:
            return over
    return list(listed.schedule.between(listed.last, until))


@dataclass(frozen=True, slots=True)
class _Next:
    """The first due time of a schedule that is later than `after`; None where there is none."""

    after: datetime
    due_at: datetime | None

    def answers(self, last: datetime) -> bool:
        return self.after <= last and (self.due_at is None or last < self.due_at)
