"""The gate: the one transaction through which a run starts, in the caller's session.

A run starts only by inserting its row, or by taking a waiting one by compare-and-set. What may not
start is closed here as well, so that its record says why.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from beat_schedule.decisions import Decided, Decision
from beat_schedule.plain import plain, plain_text
from beat_schedule.policies import Overlap

from .events import note_event
from .models import Outcome, Run, RunState, Trigger
from .occurrences import BY_THE_GATE, keep_started
from .runs import Admitted, AlreadyStarted, Answer, Closed, NotNow, NotYet, Opening
from .upsert import dialect_of, insert_or_nothing

RUNS: Table = Run.metadata.tables[Run.__tablename__]

#: Says why a run may not start, or None.
Guard: TypeAlias = Callable[[Session, Opening], str | None]

#: A worker's clock may be so far behind that of the beat which sent it.
SKEW = timedelta(seconds=2)

#: How long a run waits that found its entry's slot taken, until it is sent again.
SLOT_PAUSE = timedelta(seconds=5)


def open_run(session: Session, opening: Opening, guard: Guard | None = None) -> Answer:
    """Start the run if it may start; else close it, or say whose it is.

    `guard` is asked in this transaction, so that a database that is away lets nothing through.
    """
    if refusal := _refusal(session, opening, guard):
        return _closed(session, opening, refusal)
    if _inserted(session, opening, slot=opening.slot):
        return Admitted(1)
    row = session.get(Run, opening.run_id, with_for_update=True)
    return _found(session, row, opening) if row else _in_the_way(session, opening)


def _refusal(session: Session, opening: Opening, guard: Guard | None) -> Closed | None:
    if opening.expires_at and is_late(opening):
        return Closed(Outcome.EXPIRED, f"it had to start by {_said(opening.expires_at)}")
    reason = guard(session, opening) if guard else None
    return Closed(Outcome.SKIPPED, reason) if reason else None


def is_late(opening: Opening) -> bool:
    return opening.expires_at is not None and opening.started_at > opening.expires_at


def _found(session: Session, row: Run, opening: Opening) -> Answer:
    """What becomes of a delivery whose run has its row."""
    if row.attempt_token == opening.token and row.state is RunState.RUNNING:
        return Admitted(row.attempt)
    if row.state is RunState.WAITING:
        return _continued(session, row, opening)
    if row.state is RunState.RUNNING and opening.attempt > row.attempt:
        return NotYet(row.not_before)
    stands = AlreadyStarted(row.state, row.outcome, row.worker)
    told = f"{opening.worker} was handed it once more: already {row.outcome or row.state}"
    note_event(session, row.id, "dropped", told, opening.started_at)
    return stands


def _continued(session: Session, row: Run, opening: Opening) -> Answer:
    """Start the next attempt of a waiting run, unless it is early or its slot is taken."""
    # One that was sent and never started waits for nothing, whatever a slow clock says.
    is_queued = row.has_message and not row.attempt
    if not is_queued and row.not_before and opening.started_at < row.not_before - SKEW:
        if opening.trigger is Trigger.CALL and opening.attempt > row.attempt:
            return NotYet(row.not_before)
        return NotNow(f"it waits until {_said(row.not_before)}")
    change = (
        update(Run)
        .where(Run.id == row.id, Run.state == RunState.WAITING, Run.attempt == row.attempt)
        .values(
            state=RunState.RUNNING,
            attempt=row.attempt + 1,
            attempt_token=opening.token,
            worker=opening.worker,
            started_at=opening.started_at,
            celery_id=opening.celery_id,
            # Celery's own retry may bring others.
            args=plain(list(opening.args)),
            kwargs=plain(dict(opening.kwargs)),
            progress_done=None,
            progress_total=None,
            versions=dict(opening.versions),
            slot=opening.slot,
            not_before=None,
            has_message=False,
            reason=None,
        )
        .returning(Run.attempt)
    )
    try:
        with session.begin_nested():
            attempt = session.scalar(change)
    except IntegrityError:
        return _in_the_way(session, opening, row)
    if attempt:
        return Admitted(attempt)
    session.refresh(row)
    return AlreadyStarted(row.state, row.outcome, row.worker)


def _in_the_way(session: Session, opening: Opening, row: Run | None = None) -> Answer:
    """Another run of its entry has not ended."""
    holder = session.scalar(select(Run.id).where(Run.slot == opening.slot))
    if holder is None:
        # It ended in this very moment.
        return NotYet(None)
    if opening.overlap is Overlap.SKIP:
        return _closed(session, opening, Closed(Outcome.SKIPPED, f"overlap with {holder}"))
    reason, until = f"waits for {holder} to end", opening.started_at + SLOT_PAUSE
    if row:
        row.not_before, row.reason, row.has_message = until, reason, False
    else:
        waits = {"state": RunState.WAITING, "attempt": 0, "not_before": until, "reason": reason}
        if not _inserted(session, opening, **waits):
            return NotYet(None)
    return NotNow(reason)


def _closed(session: Session, opening: Opening, closed: Closed) -> Answer:
    """Write down that it never starts, unless it did already."""
    ended: dict[str, Any] = {
        "state": RunState.ENDED,
        "outcome": closed.outcome,
        "reason": plain_text(closed.reason),
        "finished_at": opening.started_at,
    }
    if _inserted(session, opening, **ended, attempt=0):
        return closed
    row = session.get_one(Run, opening.run_id, with_for_update=True)
    if row.state is not RunState.WAITING:
        return _found(session, row, opening)
    for name, value in (ended | {"slot": None, "not_before": None}).items():
        setattr(row, name, value)
    return closed


def _inserted(session: Session, opening: Opening, **changes: Any) -> bool:
    """Whether the row is ours; another has the id or the slot if not."""
    insert = insert_or_nothing(dialect_of(session), RUNS, "id")
    if session.scalar(insert, row_of(opening) | changes) is None:
        return False
    if opening.trigger is Trigger.SCHEDULE:
        keep_started(session, due_time_of(opening))
    return True


def row_of(opening: Opening) -> dict[str, Any]:
    return {
        "id": opening.run_id,
        "attempt": 1,
        "attempt_token": opening.token,
        "state": RunState.RUNNING,
        "beat": 0,
        "lost_count": 0,
        "failed_count": 0,
        "reruns": opening.reruns,
        "forced": opening.forced,
        "entry": plain_text(opening.entry),
        "task": plain_text(opening.task),
        "due_at": opening.due_at,
        "trigger": opening.trigger,
        "queue": plain_text(opening.queue),
        "worker": plain_text(opening.worker),
        "queued_at": opening.queued_at,
        "started_at": opening.started_at,
        "expires_at": opening.expires_at,
        "celery_id": plain_text(opening.celery_id),
        "versions": dict(opening.versions),
        "args": plain(list(opening.args)),
        "kwargs": plain(dict(opening.kwargs)),
        "counts": {},
        "slot": None,
        "outcome": None,
        "reason": None,
        "finished_at": None,
        "not_before": None,
    }


def due_time_of(opening: Opening) -> Decided:
    """What has started was sent, whatever the record says or does not say yet."""
    return Decided(
        entry=opening.entry,
        first_due=opening.due_at,
        last_due=opening.due_at,
        count=1,
        decision=Decision.SENT,
        reason="",
        term=BY_THE_GATE,
        decided_at=opening.queued_at or opening.started_at,
        run=opening.run_id,
        queue=opening.queue,
    )


def _said(instant: datetime) -> str:
    return instant.isoformat(sep=" ", timespec="seconds")
