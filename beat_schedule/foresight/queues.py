"""Runs that come, wait for a free slot of a worker, and end: queue by queue, second by second.

As workers have it: a queue is served in its order, of several priorities the first one first; a
run under `overlap: skip` that meets another of its entry does not run, one under `queue` waits for
it, and one that has not started when it expires never does.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from beat_schedule.entries import Entry
from beat_schedule.policies import Overlap

from .calendar import instant_of

#: Of an entry that says none; as kombu has it, the first priority is 0.
PRIORITY = 0


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Arrival:
    """A run that is sent; seconds since the epoch."""

    at: int
    key: str
    due_at: int


@dataclass(slots=True)
class Served:
    """What became of the runs of one queue."""

    #: Runs that it can carry out at once; None where there is no bound.
    slots: int | None
    runs: int = 0
    #: The most under way at once, and when that was first.
    most: int = 0
    most_at: float = 0
    #: The longest that a run waited for a slot, and which that was.
    longest_wait: float = 0
    longest_key: str = ""
    #: Seconds of all runs together.
    busy: float = 0
    #: What still waits at the end.
    left: int = 0

    @property
    def busiest(self) -> datetime | None:
        return instant_of(int(self.most_at)) if self.runs else None


@dataclass(slots=True)
class Outcome:
    """What became of everything that was sent."""

    queues: dict[str, Served]
    runs: Counter[str] = field(default_factory=Counter)
    #: By entry: due times that met a run of it, and those that came too late to start.
    overlaps: Counter[str] = field(default_factory=Counter)
    expired: Counter[str] = field(default_factory=Counter)


class Town:
    """Carries out arrivals; `slots` are the runs at once of each queue, None for no bound."""

    def __init__(
        self,
        entries: Iterable[Entry],
        durations: Mapping[str, Sequence[float]],
        slots: Mapping[str, int | None],
    ) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self._durations = durations
        self.outcome = Outcome({queue: Served(each) for queue, each in slots.items()})
        self._waiting: dict[str, list[tuple[int, float, Arrival]]] = {each: [] for each in slots}
        self._running: Counter[str] = Counter()
        #: Of each entry, those sent or under way; and those that wait for them under `queue`.
        self._open: Counter[str] = Counter()
        self._behind: dict[str, deque[Arrival]] = {}
        self._ends: list[tuple[float, int, str]] = []

    def carry_out(self, arrivals: Iterable[Arrival], until: float) -> Outcome:
        """All of them, and what starts and ends until then; the rest is left."""
        for arrival in sorted(arrivals, key=lambda each: (each.at, each.key)):
            self._let_end(arrival.at)
            self._arrive(arrival)
        self._let_end(until)
        for queue, waiting in self._waiting.items():
            self.outcome.queues[queue].left = len(waiting)
        for key, behind in self._behind.items():
            self.outcome.queues[self._entries[key].queue].left += len(behind)
        return self.outcome

    def _let_end(self, until: float) -> None:
        while self._ends and self._ends[0][0] <= until:
            at, _, key = heapq.heappop(self._ends)
            queue = self._entries[key].queue
            self._running[queue] -= 1
            self._leave(key, at)
            self._start_waiting(queue, at)

    def _arrive(self, arrival: Arrival) -> None:
        overlap = self._entries[arrival.key].policy.overlap
        if self._open[arrival.key] and overlap is Overlap.SKIP:
            self.outcome.overlaps[arrival.key] += 1
        elif self._open[arrival.key] and overlap is Overlap.QUEUE:
            self._behind.setdefault(arrival.key, deque()).append(arrival)
        else:
            self._enter(arrival, arrival.at)

    def _enter(self, arrival: Arrival, at: float) -> None:
        """Into the queue of its entry, and out of it where a slot is free."""
        entry = self._entries[arrival.key]
        self._open[arrival.key] += 1
        heapq.heappush(self._waiting[entry.queue], (entry.priority or PRIORITY, at, arrival))
        self._start_waiting(entry.queue, at)

    def _start_waiting(self, queue: str, at: float) -> None:
        served, waiting = self.outcome.queues[queue], self._waiting[queue]
        while waiting and (served.slots is None or self._running[queue] < served.slots):
            _, since, arrival = heapq.heappop(waiting)
            entry = self._entries[arrival.key]
            if _is_late(entry, arrival, at):
                self.outcome.expired[arrival.key] += 1
                self._leave(arrival.key, at)
            else:
                self._start(served, arrival, since, at)

    def _start(self, served: Served, arrival: Arrival, since: float, at: float) -> None:
        key = arrival.key
        measured = self._durations[key]
        took = measured[self.outcome.runs[key] % len(measured)]
        queue = self._entries[key].queue
        self._running[queue] += 1
        self.outcome.runs[key] += 1
        served.runs += 1
        served.busy += took
        heapq.heappush(self._ends, (at + took, served.runs, key))
        if self._running[queue] > served.most:
            served.most, served.most_at = self._running[queue], at
        if at - since > served.longest_wait:
            served.longest_wait, served.longest_key = at - since, key

    def _leave(self, key: str, at: float) -> None:
        """One of its runs is over: the next that waited for it goes into the queue."""
        self._open[key] -= 1
        if behind := self._behind.get(key):
            self._enter(behind.popleft(), at)


def _is_late(entry: Entry, arrival: Arrival, at: float) -> bool:
    if not entry.policy.expires:
        return False
    expires_at = entry.policy.expires_at(instant_of(arrival.due_at))
    return expires_at is not None and instant_of(int(at)) > expires_at
