"""A model of the record: what the database keeps of decisions, holds and the checkpoint."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from beat_schedule.clock import STRANGE, from_millis, to_millis
from beat_schedule.decisions import (
    Checkpoint,
    Decided,
    Decision,
    Definition,
    EntryKind,
    Hold,
    Repeat,
    Running,
    Sent,
)
from beat_schedule.errors import OtherInstallError
from beat_schedule.store.given_up import TOO_LATE
from beat_schedule.store.open_runs import AHEAD

from .runs import Run, Runs


class Ledger:
    """A `Record` in memory; `now` is the database's own clock, in ms."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.runs = Runs()
        #: Told of each taking over, and how long its worker had been silent, in ms.
        self.taken_over: Callable[[Run, int], None] = lambda _row, _silence: None
        self.sent_again: list[uuid.UUID] = []
        self._checkpoint: Checkpoint | None = None
        #: By entry and first due time in ms; what was decided twice stands as it won.
        self._decided: dict[str, dict[int, Decided]] = defaultdict(dict)
        #: The spans among them.
        self._spans: dict[str, dict[int, Decided]] = defaultdict(dict)
        self._holds: dict[str, Hold] = {}
        self._definitions: dict[str, Definition] = {}

    def checkpoint(self) -> Checkpoint | None:
        return self._checkpoint

    def begin(self, install: str) -> str:
        if self._checkpoint is None:
            self._checkpoint = Checkpoint(install=install, cursor=None, owing={})
        return self._checkpoint.install

    def keep(
        self, decided: Sequence[Decided], holds: Sequence[Hold], checkpoint: Checkpoint | None
    ) -> None:
        ours = self.begin(checkpoint.install) if checkpoint else ""
        if checkpoint and checkpoint.install != ours:
            raise OtherInstallError(f"{checkpoint.install}, not {ours}")
        for line in decided:
            self._keep(line)
        for hold in holds:
            old = self._holds.get(hold.target)
            if old is None or old.version < hold.version:
                self._holds[hold.target] = hold
        if checkpoint and not self._falls(checkpoint):
            self._checkpoint = checkpoint

    def decided_after(self, instant: datetime) -> Mapping[str, datetime]:
        newest: dict[str, datetime] = {}
        until = self.now() + STRANGE
        for line in self._lines():
            # What only the gate wrote says nothing of the due times before it.
            if instant < line.last_due <= until and line.term:
                newest[line.entry] = max(newest.get(line.entry, instant), line.last_due)
        return newest

    def holds(self) -> Sequence[Hold]:
        return list(self._holds.values())

    def definitions(self, after: int, most: int) -> Sequence[Definition]:
        newer = [said for said in self._definitions.values() if said.version > after]
        return sorted(newer, key=lambda said: said.version)[:most]

    def now(self) -> datetime:
        return from_millis(self._now())

    def unstarted(self, before: datetime, entries: Iterable[str]) -> Sequence[Sent]:
        asked = set(entries)
        found = [
            Sent(
                entry=line.entry,
                due_at=line.first_due,
                run=line.run,
                queue=line.queue,
                step=line.step,
                decided_at=line.decided_at,
                expires_at=line.expires_at,
            )
            for line in self.sent()
            if line.run
            and line.entry in asked
            and not before <= line.decided_at <= before + AHEAD
            and line.run not in self.runs.rows
        ]
        return sorted(found, key=lambda sent: sent.decided_at)

    def waiting(self, now: datetime, entries: Iterable[str]) -> Sequence[Sent]:
        asked = set(entries)
        found = [
            Sent(
                entry=row.entry,
                due_at=from_millis(row.due),
                run=run,
                queue="",
                step=0,
                decided_at=from_millis(row.not_before),
                expires_at=from_millis(row.expires) if row.expires else None,
                repeats=Repeat(args=(), kwargs={}, retries=0),
                has_slot=self.runs.slots.get(row.entry) == run,
            )
            for run, row in self.runs.waiting(to_millis(now))
            if row.entry in asked
        ]
        return sorted(found, key=lambda sent: sent.decided_at)

    def awaited(self, runs: Iterable[uuid.UUID], now: datetime) -> set[uuid.UUID]:
        asked, rows = set(runs), self.runs.rows
        waiting = {run for run in asked & rows.keys() if rows[run].state == "waiting"}
        return waiting | {
            line.run
            for line in self.sent()
            if line.run in asked - rows.keys() and not (line.expires_at and line.expires_at <= now)
        }

    def settled(self, runs: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        return {run for run in runs if self.runs.is_over(run)}

    def running(self) -> Sequence[Running]:
        return [
            Running(run=run, entry=row.entry, worker="", token=uuid.UUID(row.token), beat=row.beat)
            for run, row in self.runs.running()
        ]

    def take_over(self, dead: Running, now: datetime) -> str | None:
        row = self.runs.rows[dead.run]
        stands = self.runs.take_over(dead.run, str(dead.token), dead.beat, to_millis(now))
        if stands:
            self.taken_over(row, self._now() - row.shown_at)
        return stands

    def expire(self, now: datetime, _tasks: Mapping[str, str]) -> int:
        before = to_millis(now - TOO_LATE)
        late = [
            (line.run, line.entry, to_millis(line.first_due), to_millis(line.expires_at))
            for line in self.sent()
            if line.run and line.run not in self.runs.rows and line.expires_at
        ]
        late += [
            (run, row.entry, row.due, row.expires)
            for run, row in self.runs.rows.items()
            if row.state == "waiting" and row.expires
        ]
        closed = [each for each in late if each[-1] < before]
        for each in closed:
            self.runs.expire(*each)
        return len(closed)

    def abandon(self, _before: datetime, _now: datetime, _entries: Iterable[str]) -> int:
        """No world lives for a day."""
        return 0

    def note_sent_again(self, runs: Iterable[uuid.UUID], _now: datetime) -> None:
        self.sent_again.extend(runs)

    # What the oracle and the model of the gate ask; the beat does not.

    def of(self, entry: str, due: int) -> Decided | None:
        """The decision of a due time in ms."""
        if line := self._decided[entry].get(due):
            return line
        spans, at = self._spans[entry].values(), from_millis(due)
        return next((line for line in spans if line.first_due <= at <= line.last_due), None)

    def sent(self) -> Iterable[Decided]:
        return (line for line in self._lines() if line.decision is Decision.SENT)

    def started(self, line: Decided) -> None:
        """What the gate does beside its own row: what has started was sent."""
        self._keep(line)

    def define(self, key: str, options: Mapping[str, Any] | None) -> Definition:
        """An operator's word on an entry, under the next version."""
        version = 1 + max((said.version for said in self._definitions.values()), default=0)
        said = Definition(
            key=key, kind=EntryKind.OVERRIDE, options=options, version=version, at=self.now()
        )
        self._definitions[key] = said
        return said

    def said(self, key: str) -> Mapping[str, Any] | None:
        """What operators say of an entry by now."""
        return self._definitions[key].options if key in self._definitions else None

    def _lines(self) -> Iterable[Decided]:
        return (line for lines in self._decided.values() for line in lines.values())

    def _keep(self, line: Decided) -> None:
        due = to_millis(line.first_due)
        stands = self._decided[line.entry].get(due)
        if stands is None:
            self._put(due, line)
        elif _wins(line, stands):
            self._put(due, line)
            self._keep_the_rest(stands, line)
        else:
            self._keep_the_rest(line, stands)

    def _put(self, due: int, line: Decided) -> None:
        self._decided[line.entry][due] = line
        if line.last_due > line.first_due:
            self._spans[line.entry][due] = line
        else:
            self._spans[line.entry].pop(due, None)

    def _keep_the_rest(self, loser: Decided, winner: Decided) -> None:
        """Of a span that goes, what lies beyond the one that stays."""
        if loser.last_due > winner.last_due:
            left = loser.count - winner.count
            after = winner.last_due + timedelta(milliseconds=1)
            # Spans may be of two schedules, or of nobody knows how many.
            is_certain = winner.first_due == winner.last_due
            first = loser.last_due if left == 1 and is_certain else after
            self._keep(replace(loser, first_due=first, count=max(left, 1)))

    def _falls(self, checkpoint: Checkpoint) -> bool:
        old = self._checkpoint.cursor if self._checkpoint else None
        return old is not None and (checkpoint.cursor is None or checkpoint.cursor < old)


def _wins(line: Decided, stands: Decided) -> bool:
    """Sent wins, and of that what the leader wrote; else the first."""
    if line.decision is not Decision.SENT:
        return False
    return stands.decision is not Decision.SENT or stands.term == 0 < line.term
