"""The two values everything else speaks of: an entry, and one due time of it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from beat_schedule.keys import MAIN
from beat_schedule.policies import Policy, RunPolicy
from beat_schedule.schedules import Schedule

#: Names the uuid5 of runs: every beat derives the same id for the same due time.
RUN_NAMESPACE = uuid.UUID("3d0c9e39-6f0a-5d0b-9f3f-0f6f5f9f8f11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One task on one schedule with its policies."""

    #: Stable name: the option `name`, else always `path@event`.
    key: str
    #: Dotted path of the function that runs, and the name of its Celery task.
    task: str
    schedule: Schedule
    queue: str
    #: The word of `scheduler_events` that declared it, such as `daily` or `cron`.
    event: str
    #: Where it was declared, for messages: `hooks.py: scheduler_events['daily'][0]`.
    place: str
    #: The clock that declared it, whose beats stand for it; what hooks and Task classes declare has
    #: the same one.
    clock: str = MAIN
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: 0 to 9; 0 goes first, as on Redis.
    priority: int | None = None
    #: How long a run may take; None takes the queue's.
    timeout: timedelta | None = None
    policy: Policy = field(default_factory=Policy)
    run_policy: RunPolicy = field(default_factory=RunPolicy)
    description: str = ""
    owner: str = ""
    runbook: str = ""
    #: Of one that was made at run time: what its workers are told, for no code tells them.
    told: str = ""

    @property
    def spread(self) -> timedelta:
        """How long after its due time an occurrence is sent: only delays, never moves `due_at`."""
        return self.policy.spread

    def zone(self, default: ZoneInfo) -> ZoneInfo:
        """Whose wall clock it is due by; that of the settings where it follows real time."""
        return self.schedule.zone or default

    def kwargs_with(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Its own, and over them those that are given for one run."""
        return {**self.kwargs, **given}

    def occurrence(self, due_at: datetime) -> "Occurrence":
        return Occurrence(entry=self, due_at=due_at)


def by_every_name(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """By key, and by every key that one had before: what was sent under that may still come."""
    listed = list(entries)
    former = {name: entry for entry in listed for name in entry.policy.formerly}
    return MappingProxyType(former | {entry.key: entry for entry in listed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One due time of one entry: the unit that is sent exactly once."""

    entry: Entry
    #: Nominal due time, aware, in UTC; the run's logical date.
    due_at: datetime

    @property
    def run_id(self) -> uuid.UUID:
        return run_id(self.entry.key, self.due_at)


def run_id(key: str, due_at: datetime) -> uuid.UUID:
    """`uuid5(entry, due_at)`: alike in every beat and worker, so that a second is refused."""
    instant = due_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return uuid.uuid5(RUN_NAMESPACE, f"{key}|{instant}")


def backfill_id(key: str, due_at: datetime) -> uuid.UUID:
    """`uuid5(backfill, entry, due_at)`: alike in every call, and not that of the beat's run."""
    return uuid.uuid5(RUN_NAMESPACE, f"backfill|{run_id(key, due_at)}")
