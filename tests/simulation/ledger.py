"""A model of the record: what the database keeps of decisions, holds and the checkpoint."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Decided, Decision, Hold, Sent
from beat_schedule.errors import OtherInstallError

from .runs import Runs


class Ledger:
    """A `Record` in memory; `now` is the database's own clock, in ms."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.runs = Runs()
        self.install = ""
        self._checkpoint: Checkpoint | None = None
        #: By entry and due time in ms.
        self._sent: dict[str, dict[int, Decided]] = defaultdict(dict)
        #: Everything else, by entry and first due time in ms: the first line that came.
        self._others: dict[str, dict[int, Decided]] = defaultdict(dict)
        self._holds: dict[str, Hold] = {}

    def checkpoint(self) -> Checkpoint | None:
        return self._checkpoint

    def begin(self, install: str) -> str:
        self.install = self.install or install
        return self.install

    def keep(
        self, decided: Sequence[Decided], holds: Sequence[Hold], checkpoint: Checkpoint | None
    ) -> None:
        if checkpoint and checkpoint.install != self.install:
            raise OtherInstallError(f"{checkpoint.install}, not {self.install}")
        for line in decided:
            self._keep(line)
        for hold in holds:
            old = self._holds.get(hold.target)
            if old is None or old.version < hold.version:
                self._holds[hold.target] = hold
        if checkpoint and not self._falls(checkpoint):
            self._checkpoint = checkpoint

    def decided_after(self, cursor: datetime) -> Mapping[str, datetime]:
        newest: dict[str, datetime] = {}
        for entry, line in self._lines():
            # What only the gate wrote says nothing of the due times before it.
            if line.last_due > cursor and line.term:
                newest[entry] = max(newest.get(entry, line.last_due), line.last_due)
        return newest

    def holds(self) -> Sequence[Hold]:
        return list(self._holds.values())

    def now(self) -> datetime:
        return from_millis(self._now())

    def unstarted(self, before: datetime) -> Sequence[Sent]:
        at = self._now()
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
            for lines in self._sent.values()
            for line in lines.values()
            if line.run and line.decided_at < before and self.runs.is_open(line.run, at)
        ]
        # Who has the slot is in everybody's way, however young.
        slots = set(self.runs.slots.values())
        return sorted(found, key=lambda sent: (sent.run not in slots, sent.due_at))

    def settled(self, runs: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        return {run for run in runs if self.runs.is_over(run)}

    # What the oracle and the model of the gate ask; the beat does not.

    def of(self, entry: str, due: int) -> Decided | None:
        """The decision of a due time in ms."""
        if line := self._sent[entry].get(due):
            return line
        others = self._others[entry].values()
        at = from_millis(due)
        return next((line for line in others if line.first_due <= at <= line.last_due), None)

    def sent(self) -> Iterable[Decided]:
        return (line for lines in self._sent.values() for line in lines.values())

    def close_expired(self) -> None:
        """What the other half of the protocol does with runs that nobody started in time."""
        now = self.now()
        for line in list(self.sent()):
            if line.run and line.expires_at and line.expires_at < now:
                self.runs.close(line.run, line.entry, to_millis(line.first_due))

    def started(self, line: Decided) -> None:
        """What the gate does beside its own row: what has started was sent."""
        self._keep(line)

    def _lines(self) -> Iterable[tuple[str, Decided]]:
        for kept in (self._sent, self._others):
            for entry, lines in kept.items():
                for line in lines.values():
                    yield entry, line

    def _keep(self, line: Decided) -> None:
        due = to_millis(line.first_due)
        if line.decision is Decision.SENT:
            if due not in self._sent[line.entry] or not self._sent[line.entry][due].term:
                self._sent[line.entry][due] = line
            return
        old = self._others[line.entry].get(due)
        if old is None or old.last_due < line.last_due:
            self._others[line.entry][due] = line

    def _falls(self, checkpoint: Checkpoint) -> bool:
        old = self._checkpoint.cursor if self._checkpoint else None
        return old is not None and (checkpoint.cursor is None or checkpoint.cursor < old)
