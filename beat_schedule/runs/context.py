"""What a run gives to the function that it calls."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.settings import Settings


class Mailer(Protocol):
    """Sends mail; the house decides how (`worker/mail.py` here)."""

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; raises what the house's mailer documents."""


@dataclass(kw_only=True)
class RunContext:
    """One run's surroundings; a task takes it as a parameter named `context` or annotated so."""

    run_id: uuid.UUID
    #: Key of the entry, or the task's dotted path when it was called without one.
    entry: str
    #: The logical date: the due time this run is for, aware, in UTC.
    due_at: datetime
    attempt: int
    #: The task's own session, committed when it returns, rolled back when it raises.
    session: Session
    settings: Settings
    clock: Clock
    log: FilteringBoundLogger
    mailer: Mailer
    counts: dict[str, int | float | str] = field(default_factory=dict)

    def report(self, **counts: float | str) -> None:
        """Put counts into the run's record: `context.report(sent=3, failed=0)`."""
        self.counts.update(counts)
