"""The words of `scheduler_events`: when each is due, in which queue, and what it may be told."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from beat_schedule.keys import MAIN

Day = Literal["weekday", "monthday"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One word of `scheduler_events`."""

    name: str
    queue: str = "default"
    #: Minute, hour, day, month, weekday; empty where `due` is not the calendar.
    cron: str = ""
    #: What says when it is due: the line above, the setting `all_every`, a key under the word, or
    #: whoever declares it.
    due: Literal["calendar", "all", "cron", "every", "declared"] = "calendar"
    #: Entries are sent up to this many minutes late, each by a fixed offset of its own.
    spread_minutes: int = 0
    #: The clock that declares it, which has a lease of its own.
    clock: str = MAIN

    @property
    def is_keyed(self) -> bool:
        """Whether its value is `{expression: [handlers]}` and not `[handlers]`."""
        return self.due in {"cron", "every"}

    @property
    def takes_at(self) -> bool:
        """Whether the option `at` may replace midnight."""
        return self.cron.startswith("0 0 ")

    @property
    def takes_on(self) -> Day | None:
        """What the option `on` names, if it may be given."""
        if not self.cron:
            return None
        _, _, day, _, weekday = self.cron.split()
        if weekday != "*":
            return "weekday"
        return "monthday" if day != "*" else None

    @property
    def takes_timezone(self) -> bool:
        """Whether it follows a wall clock; the others follow real time."""
        return self.due in {"calendar", "cron", "declared"}

    def spread(self, key: str) -> timedelta:
        """The offset of the entry with that key: alike in every process, for ever."""
        if not self.spread_minutes:
            return timedelta(0)
        return offset(key, timedelta(minutes=self.spread_minutes), step=timedelta(minutes=1))


def offset(key: str, span: timedelta, step: timedelta = timedelta(seconds=1)) -> timedelta:
    """A place in the span, 0 to its last step, that depends on the key and on nothing else."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8]) % (span // step) * step


#: Word, when it is due, and over how many minutes `<word>_maintenance` is spread (0: no such word).
_CALENDAR = (
    ("hourly", "0 * * * *", 60),
    ("daily", "0 0 * * *", 240),
    ("weekly", "0 0 * * 0", 240),
    ("monthly", "0 0 1 * *", 240),
    ("quarterly", "0 0 1 1,4,7,10 *", 0),
    ("yearly", "0 0 1 1 *", 0),
)

#: Other spellings; an entry's key has the first one, so that it does not matter which was used.
ALIASES: Mapping[str, str] = MappingProxyType({"annual": "yearly", "annual_long": "yearly_long"})


def _words() -> Iterator[Event]:
    for word, cron, spread_minutes in _CALENDAR:
        plain = Event(name=word, cron=cron)
        yield plain
        yield replace(plain, name=f"{word}_long", queue="long")
        if spread_minutes:
            yield replace(
                plain, name=f"{word}_maintenance", queue="long", spread_minutes=spread_minutes
            )
    yield Event(name="all", due="all")
    yield Event(name="all_long", due="all", queue="long")
    yield Event(name="always", due="all")
    yield Event(name="cron", due="cron")
    yield Event(name="cron_long", due="cron", queue="long")
    yield Event(name="every", due="every")


EVENTS: Mapping[str, Event] = MappingProxyType({event.name: event for event in _words()})

#: Every spelling that `scheduler_events` may use.
WORDS: tuple[str, ...] = (*EVENTS, *ALIASES)


def event_named(word: str) -> Event | None:
    return EVENTS.get(ALIASES.get(word, word))
