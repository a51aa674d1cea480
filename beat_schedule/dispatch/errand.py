"""What a beat does otherwise that makes one pass for somebody and goes."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from beat_schedule.decisions import Decided, Sent
from beat_schedule.entries import run_id

from .periodic import PeriodicEntry
from .pushes import Message, Messages

#: What goes to no queue.
NOTHING = Message((), "", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run that nobody but us will carry out."""

    run: uuid.UUID
    entry: PeriodicEntry
    due_at: datetime
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    trigger: str = "schedule"
    attempt: int = 1
    #: Whether it goes over what keeps others of its entry from starting.
    forced: bool = False


class Here:
    """Takes the place of the queues: what is decided is carried out by whoever decides it.

    What nobody follows goes to its queue all the same, for only a worker elsewhere knows its task.
    """

    def __init__(self) -> None:
        self._made: dict[uuid.UUID, Job] = {}
        self._again: dict[uuid.UUID, Job] = {}

    def instead_of(self, queues: Messages) -> Messages:
        return _Unsent(queues, self._made)

    def again(self, entry: PeriodicEntry, sent: Sent) -> None:
        """Take up a run that was sent and never started, or that waits for its next attempt."""
        repeats = sent.repeats
        own = list(entry.args), dict(entry.kwargs)
        args, kwargs = entry.called_again(repeats) if repeats else own
        self._again[sent.run] = Job(
            run=sent.run,
            entry=entry,
            due_at=sent.due_at,
            args=args,
            kwargs=kwargs,
            trigger=sent.trigger,
            attempt=repeats.retries + 1 if repeats else 1,
            forced=bool(repeats and repeats.forced),
        )

    def jobs(self, decided: Sequence[Decided]) -> list[Job]:
        """What is to be carried out: what waited first, then what these decisions sent."""
        sent = {each.run for each in decided if each.run and not each.queue}
        new = [job for run, job in self._made.items() if run in sent and run not in self._again]
        found = [*self._again.values(), *new]
        return sorted(found, key=lambda job: int(job.entry.options.get("priority") or 0))


@dataclass(frozen=True, slots=True)
class _Unsent:
    """Messages that stay here."""

    queues: Messages
    made: dict[uuid.UUID, Job]

    def message(
        self, entry: PeriodicEntry, due_at: datetime, now: datetime, **options: Any
    ) -> Message:
        if not entry.policy.tracked:
            return self.queues.message(entry, due_at, now, **options)
        run = run_id(entry.key, due_at)
        args, kwargs = list(entry.args), dict(entry.kwargs)
        self.made[run] = Job(run=run, entry=entry, due_at=due_at, args=args, kwargs=kwargs)
        return NOTHING


def _nobody(_decided: Sequence[Decided]) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One pass, for somebody."""

    #: For whom; other beats and people see it.
    by: str
    #: The only entries that are decided; None for all.
    only: Collection[str] | None = None
    #: None for the queues.
    here: Here | None = None
    #: Told of every decision when it is on record.
    told: Callable[[Sequence[Decided]], object] = field(default=_nobody)
