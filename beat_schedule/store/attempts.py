"""The story of a run: its attempts, and what befell it between them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Attempt, RunEvent, RunState
from .record import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt; the last one as its run tells of it."""

    number: int
    worker: str
    started_at: datetime
    #: None while it runs.
    ended_at: datetime | None
    #: An outcome, `given back`, or `running`.
    ending: str
    reason: str | None
    error: str | None
    traceback: str | None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """What befell a run beside its attempts."""

    at: datetime
    #: `sent again`, `dropped`, `taken over` or `cancelled`.
    event: str
    text: str


def attempts_of(session: Session, run: RunRecord) -> list[AttemptRecord]:
    """Every attempt, the first one first."""
    rows = session.scalars(select(Attempt).where(Attempt.run_id == run.id).order_by(Attempt.number))
    before = [
        AttemptRecord(
            number=row.number,
            worker=row.worker,
            started_at=row.started_at,
            ended_at=row.ended_at,
            ending=row.ending,
            reason=row.reason,
            error=row.error,
            traceback=row.traceback,
        )
        for row in rows
    ]
    is_told = run.attempt in {each.number for each in before}
    # A waiting run that is not told of yet has made no attempt: its slot was taken.
    has_last = run.has_started and run.state is not RunState.WAITING and not is_told
    return [*before, _last(run)] if has_last else before


def events_of(session: Session, run_id: uuid.UUID) -> list[EventRecord]:
    """What befell a run, the oldest first; it may have no row."""
    question = select(RunEvent).where(RunEvent.run == run_id).order_by(RunEvent.at, RunEvent.id)
    return [EventRecord(row.at, row.event, row.text) for row in session.scalars(question)]


def _last(run: RunRecord) -> AttemptRecord:
    return AttemptRecord(
        number=run.attempt,
        worker=run.worker,
        started_at=run.started_at,
        ended_at=run.finished_at,
        ending=run.ending,
        reason=run.reason,
        error=run.error,
        traceback=run.traceback,
    )
