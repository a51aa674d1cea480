"""What holds after every step, whatever was done: the promises that have a number."""

from typing import TYPE_CHECKING, NoReturn

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Checkpoint, Decided

from .history import History
from .runs import Run
from .watcher import Step, instant

if TYPE_CHECKING:
    from .world import World

#: Signs of life come every 5 s: who has been silent for less than two, in ms, is no suspect.
SILENCE = 10_000

#: A waiting token may outlive its run by so many looks of the reconciler.
LOOKS = 3


class ViolationError(BaseException):
    """A promise is broken. Not an Exception: the code under test must not swallow it."""


def broken(step: Step, what: str) -> NoReturn:
    raise ViolationError(f"{step.strand.name} {step.name}: {what}")


class Invariants:
    """Compares Redis with the record; each method raises ViolationError."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._kept_to = 0
        #: Waiting tokens whose run has ended, and how many looks ago.
        self._stale: dict[tuple[str, str], int] = {}

    def drained(self, line: Decided) -> None:
        """I7: a line left the journal."""
        for due in {to_millis(line.first_due), to_millis(line.last_due)}:
            if self._world.ledger.of(line.entry, due) is None:
                raise ViolationError(f"I7: {line.entry} {instant(due)} left no record")

    def kept(self, checkpoint: Checkpoint | None, history: History) -> None:
        """I7: everything up to a checkpoint is in the record, or owed there."""
        standing = self._world.ledger.checkpoint()
        if checkpoint is None or standing is not checkpoint or checkpoint.cursor is None:
            return
        if history.is_lost:
            return
        after, self._kept_to = self._kept_to, max(self._kept_to, to_millis(checkpoint.cursor))
        for entry in history.segments:
            delay = history.delay(entry)
            owed = checkpoint.owing.get(entry)
            for due in history.expected(entry, after - delay, self._kept_to - delay):
                is_owed = owed is not None and to_millis(owed.due_at) <= due
                if not is_owed and self._world.ledger.of(entry, due) is None:
                    at = instant(self._kept_to)
                    raise ViolationError(f"I7: checkpoint {at} covers {entry} {instant(due)}")

    def taken_over(self, row: Run, silence: int) -> None:
        """I1: nobody loses a run who shows that he is alive."""
        if silence < SILENCE:
            raise ViolationError(f"I1: {row.entry} is taken over after {silence} ms of silence")

    def reconciled(self) -> None:
        """I6: a reconciler looked, everything answering; no token outlives its run for long."""
        ledger, before = self._world.ledger, self._stale
        self._stale = {}
        for entry, run in self._world.watcher.waiting().items():
            if ledger.settled([run]):
                looks = before.get((entry, str(run)), 0) + 1
                if looks > LOOKS:
                    raise ViolationError(f"I6: {entry} keeps a waiting token of {run}, which ended")
                self._stale[entry, str(run)] = looks

    def saw(self, step: Step, history: History) -> None:
        """A script took effect."""
        if history.is_lost:
            return
        if step.name not in {"begin", "restore", "reset"}:
            _never_falls(step)
        if step.name in {"adopt", "decide", "advance"}:
            _decided_or_owing(step, history)


def _never_falls(step: Step) -> None:
    before, after = step.before, step.after
    if (before.cursor or 0) > (after.cursor or 0):
        broken(step, "the cursor fell")
    for entry, at in before.last.items():
        if after.last.get(entry, 0) < at:
            broken(step, f"last of {entry} fell")
    if step.name not in {"adopt", "decide"} and before.last != after.last:
        broken(step, "last moved")


def _decided_or_owing(step: Step, history: History) -> None:
    """I3: every due time at or before the cursor is decided, or stands in owing."""
    if step.after.cursor is None:
        return
    for entry in history.segments:
        segment = history.open(entry)
        if segment is None or entry not in step.after.last:
            continue
        looked = step.after.cursor - segment.spec.delay
        after = max(step.after.last[entry], segment.respread_at)
        due = history.expected(entry, after, looked)
        if due and step.after.owing.get(entry, due[0] + 1) > due[0]:
            at = instant(step.after.cursor)
            broken(step, f"I3: {entry} {instant(due[0])} is neither decided nor owed at {at}")
