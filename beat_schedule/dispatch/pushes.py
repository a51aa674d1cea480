"""What sending one due time writes into Redis."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from beat_schedule.decisions import Repeat

if TYPE_CHECKING:
    # It knows Celery, and whoever looks at what was sent need not.
    from .periodic import PeriodicEntry


@dataclass(frozen=True, slots=True)
class Push:
    """One write that a message consists of: `LPUSH` to a queue or `PUBLISH` to a topic."""

    command: str
    key: str
    payload: str


@dataclass(frozen=True, slots=True)
class Message:
    """What sends one due time of an entry."""

    pushes: tuple[Push, ...]
    #: Where it waits, without the key prefix; empty where it waits nowhere, as with fanout.
    queue: str
    #: The queue's list of its priority.
    step: int
    #: Its span; None where nobody asks for traces.
    trace: "Traced | None" = field(default=None, compare=False, repr=False)

    def went_out(self) -> None:
        """It is in its queue: whoever traces it is told."""
        if self.trace:
            self.trace.sent()


class Traced(Protocol):
    """What is told of a message."""

    def sent(self) -> None:
        """It was sent; one that never was leaves no trace."""


class Messages(Protocol):
    """What builds the message that sends a due time."""

    def message(
        self,
        entry: "PeriodicEntry",
        due_at: datetime,
        now: datetime,
        *,
        run: uuid.UUID | None = None,
        trigger: str = "schedule",
        repeats: Repeat | None = None,
    ) -> Message:
        """The message, not yet sent; a `run` that the schedule did not ask for has its own id."""
