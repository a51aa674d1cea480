"""What a run gives to the function that it calls."""

import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Protocol

from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.features import Features
from beat_schedule.settings import Settings
from beat_schedule.store.plain import BITS


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
    #: As they stood when the run began.
    features: Features = field(default_factory=Features)
    counts: dict[str, int | float | str] = field(default_factory=dict)

    def report(self, **counts: float | str) -> None:
        """Put counts into the run's record: `context.report(sent=3, failed=0)`.

        Raises TypeError or ValueError for what no record can hold.
        """
        self.counts.update({name: _storable(name, count) for name, count in counts.items()})


def _storable(name: str, count: Any) -> int | float | str:
    if not isinstance(count, int | float | str):
        reason = f"report({name}=…) takes a number or a text, not {type(count).__name__}"
        raise TypeError(reason)
    if isinstance(count, float) and not math.isfinite(count):
        raise ValueError(f"report({name}=…) takes no {count}")
    if isinstance(count, int) and count.bit_length() >= BITS:
        try:
            return str(count)
        except ValueError:
            raise ValueError(f"report({name}=…) takes no number of so many digits") from None
    return count
