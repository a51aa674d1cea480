"""A run as a test looks at it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from beat_schedule.store.models import Run, RunLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What the record has of a run."""

    entry: str
    #: Nominal, aware, in UTC.
    due_at: datetime
    #: `succeeded`, `failed`, `skipped` …; `waiting` for one that has another attempt to come.
    outcome: str
    #: Why it ended so, in words: of a run that was skipped, or waits.
    reason: str
    #: How many attempts it has had; 0 of one that never started.
    attempts: int
    started_at: datetime
    #: What the task reported.
    counts: Mapping[str, Any]
    #: What it logged and printed.
    lines: tuple[str, ...]
    #: What it raised last, and from where.
    error: str
    traceback: str


def ran(session: Session, run: uuid.UUID) -> Ran:
    """What the record has of it now."""
    row = session.get_one(Run, run)
    said = select(RunLine.text).where(RunLine.run_id == run).order_by(RunLine.number)
    return Ran(
        entry=row.entry,
        due_at=row.due_at,
        outcome=str(row.outcome or row.state),
        reason=row.reason or "",
        attempts=row.attempt,
        started_at=row.started_at,
        counts=row.counts,
        lines=tuple(session.scalars(said)),
        error=row.error or "",
        traceback=row.traceback or "",
    )
