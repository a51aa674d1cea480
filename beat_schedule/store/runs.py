"""Runs as values: what opens one, what the gate answers, how an attempt ends."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from beat_schedule.policies import Overlap
from beat_schedule.store.models import Outcome, RunState, Trigger

#: Among the versions, the `traceparent` under which the run's next attempt stands.
TRACE = "trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What stands in a run's row from its first moment."""

    run_id: uuid.UUID
    #: Drawn before the gate is tried: a row that carries it is ours, whatever reply was lost.
    token: uuid.UUID
    #: The key under which it was sent.
    entry: str
    task: str
    due_at: datetime
    trigger: Trigger
    queue: str
    worker: str
    started_at: datetime
    queued_at: datetime | None = None
    #: The number of the attempt that is asked for.
    attempt: int = 1
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: What becomes of it while another run of its entry has not ended.
    overlap: Overlap = Overlap.ALLOW
    #: After this it may not start any more.
    expires_at: datetime | None = None
    #: Asked for by somebody who goes over what keeps others of its entry from starting.
    forced: bool = False
    #: How many of its attempts are made again that die with their worker.
    reruns: int = 0
    #: Of the message, by which Celery can be told to end it.
    celery_id: str = ""
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: The key that its entry has now, where it was sent under one that it had before.
    key: str = ""
    #: The headers of its message: some may name the trace that it belongs to.
    carrier: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def slot(self) -> str | None:
        """What only one run may have at a time."""
        return None if self.overlap is Overlap.ALLOW else self.key or self.entry


@dataclass(frozen=True, slots=True)
class Admitted:
    """The row is ours: go on."""

    attempt: int


@dataclass(frozen=True, slots=True)
class AlreadyStarted:
    """Somebody else opened this run: forget the message."""

    state: RunState
    outcome: Outcome | None
    worker: str


@dataclass(frozen=True, slots=True)
class Closed:
    """It will not run, and the record says why: forget the message."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """It waits in its row, and is sent again when it may go on: forget the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """The next attempt was asked for before the last one let go: ask again."""

    not_before: datetime | None


Answer: TypeAlias = Admitted | AlreadyStarted | Closed | NotNow | NotYet


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, or one attempt of it."""

    outcome: Outcome
    finished_at: datetime
    reason: str | None = None
    error: str | None = None
    traceback: str | None = None
    fingerprint: str | None = None
    #: How far it said it was: done, and of how many if it said that too.
    progress: tuple[int, int | None] | None = None
    counts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """On which terms a run whose attempt went wrong is attempted again.

    A lost attempt is not counted as failed, nor the other way round.
    """

    #: How many attempts may have gone wrong so before.
    times: int
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Who owns a run, and how it stands."""

    token: uuid.UUID
    state: RunState
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a run logged or printed."""

    at: datetime
    level: str
    text: str
