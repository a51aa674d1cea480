"""Ending a run that a person wants no more, in the caller's session.

Whoever carries it out finds then that it is not his any more, and commits nothing; a message that
is still on its way finds a run that has ended.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from beat_schedule.plain import plain_text

from .events import note_event
from .models import Occurrence, Outcome, Run, RunState, Trigger
from .upsert import insert_into


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """A run that was sent and has no row."""

    run: uuid.UUID
    entry: str
    task: str
    due_at: datetime
    trigger: Trigger
    queue: str
    queued_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """It has ended, and no slot is taken by it any more."""

    run: uuid.UUID
    entry: str
    #: How it stood; None if it was sent and had never started.
    was: RunState | None
    #: Who carried it out, and by which id Celery can be told to end it.
    worker: str = ""
    celery_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """It had ended before."""

    run: uuid.UUID
    entry: str
    outcome: Outcome


def cancel(
    session: Session, run_id: uuid.UUID, *, by: str, why: str, now: datetime
) -> Cancelled | Over | None:
    """End the run, if it has a row and has not ended; None if it has none."""
    # Locked: whoever else would change it waits, and finds that it has ended.
    row = session.get(Run, run_id, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    if row.state is RunState.ENDED:
        return Over(run=row.id, entry=row.entry, outcome=row.outcome or Outcome.LOST)
    was = None if row.has_message and not row.attempt else row.state
    cancelled = Cancelled(
        run=row.id, entry=row.entry, was=was, worker=row.worker, celery_id=row.celery_id
    )
    row.state, row.outcome, row.finished_at = RunState.ENDED, Outcome.CANCELLED, now
    row.reason, row.slot, row.not_before = _reason(by, why), None, None
    note_event(session, row.id, "cancelled", _said(by, why), now)
    return cancelled


def cancel_unstarted(
    session: Session, sent: NotStarted, *, by: str, why: str, now: datetime
) -> Cancelled | Over:
    """Close it before it starts, so that its message is dropped; end it, if it has just started."""
    if _close(session, sent, by=by, why=why, now=now):
        return Cancelled(run=sent.run, entry=sent.entry, was=None)
    done = cancel(session, sent.run, by=by, why=why, now=now)
    assert done, "nobody takes rows away that are so young"  # noqa: S101 -- for mypy
    return done


def cancel_if_it_waits(
    session: Session, run_id: uuid.UUID, *, by: str, why: str, now: datetime
) -> Cancelled | None:
    """End a run that waits for its next attempt or its turn; any other is left alone."""
    row = session.get(Run, run_id, with_for_update=True, populate_existing=True)
    if row is None or row.state is not RunState.WAITING:
        return None
    done = cancel(session, run_id, by=by, why=why, now=now)
    return done if isinstance(done, Cancelled) else None


def awaited_among(session: Session, runs: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these runs that a beat sent and that have no row yet."""
    # By the few that are awaited: no index knows the runs of all due times.
    question = select(Occurrence.run).where(
        Occurrence.awaited_since.is_not(None), Occurrence.run.in_(runs)
    )
    return {run for run in session.scalars(question) if run}


def cancel_unless_started(
    session: Session, sent: NotStarted, *, by: str, why: str, now: datetime
) -> Cancelled | None:
    """Close it before it starts, or end it while it waits; one that runs or ended is left alone."""
    if _close(session, sent, by=by, why=why, now=now):
        return Cancelled(run=sent.run, entry=sent.entry, was=None)
    return cancel_if_it_waits(session, sent.run, by=by, why=why, now=now)


def _close(session: Session, sent: NotStarted, *, by: str, why: str, now: datetime) -> bool:
    """Give it the row of a run that never starts; False if it has one."""
    insert = (
        insert_into(session, Run)
        .values(_closed(sent, _reason(by, why), now))
        .on_conflict_do_nothing()
        .returning(Run.id)
    )
    if session.scalar(insert) is None:
        return False
    session.execute(
        update(Occurrence)
        .where(Occurrence.entry == sent.entry, Occurrence.first_due == sent.due_at)
        .values(awaited_since=None)
    )
    note_event(session, sent.run, "cancelled", _said(by, why), now)
    return True


def _closed(sent: NotStarted, reason: str, now: datetime) -> dict[str, Any]:
    """The row of a run that never starts."""
    return {
        "id": sent.run,
        "entry": plain_text(sent.entry),
        "task": plain_text(sent.task),
        "due_at": sent.due_at,
        "trigger": sent.trigger,
        "queue": plain_text(sent.queue),
        "state": RunState.ENDED,
        "outcome": Outcome.CANCELLED,
        "reason": reason,
        "attempt": 0,
        "attempt_token": uuid.uuid4(),
        "beat": 0,
        "lost_count": 0,
        "failed_count": 0,
        "queued_at": sent.queued_at,
        "started_at": now,
        "finished_at": now,
        "expires_at": sent.expires_at,
        "worker": "",
        "celery_id": "",
        "args": [],
        "kwargs": {},
        "counts": {},
        "versions": {},
    }


def _reason(by: str, why: str) -> str:
    return plain_text(f"cancelled by {_said(by, why)}")


def _said(by: str, why: str) -> str:
    return f"{by}: {why}" if why else by
