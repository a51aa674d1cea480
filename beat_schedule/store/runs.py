"""The gate and the end of a run: writes by compare-and-set, in the caller's transaction.

A run starts only by inserting its row, and its row can be changed only by who holds the token
with which it was opened.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from beat_schedule.decisions import Decided, Decision
from beat_schedule.store.models import Outcome, Run, RunLine, RunState, Trigger
from beat_schedule.store.occurrences import BY_THE_GATE, keep_started
from beat_schedule.store.plain import plain, plain_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What stands in a run's row from its first moment."""

    run_id: uuid.UUID
    #: Drawn before the gate is tried: a row that carries it is ours, whatever reply was lost.
    token: uuid.UUID
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
class NotYet:
    """The next attempt was asked for before the last one let go: ask again."""

    not_before: datetime | None


Answer: TypeAlias = Admitted | AlreadyStarted | NotYet


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended."""

    outcome: Outcome
    finished_at: datetime
    reason: str | None = None
    error: str | None = None
    traceback: str | None = None
    counts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


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


def open_run(session: Session, opening: Opening) -> Answer:
    """Insert the row, or say whose it is."""
    row = session.get(Run, opening.run_id) or _inserted(session, opening)
    if row.attempt_token == opening.token and row.state is RunState.RUNNING:
        return Admitted(row.attempt)
    if row.state is RunState.WAITING:
        return _continued(session, row, opening)
    if row.state is RunState.RUNNING and opening.attempt > row.attempt:
        return NotYet(row.not_before)
    return AlreadyStarted(row.state, row.outcome, row.worker)


def close_run(session: Session, run_id: uuid.UUID, token: uuid.UUID, ending: Ending) -> bool:
    """End a run that this token still owns; False when it is not ours or not open."""
    return _changed(
        session,
        run_id,
        token,
        state=RunState.ENDED,
        outcome=ending.outcome,
        finished_at=ending.finished_at,
        reason=plain_text(ending.reason),
        error=plain_text(ending.error),
        traceback=plain_text(ending.traceback),
        counts=plain(dict(ending.counts)),
        slot=None,
    )


def set_waiting(
    session: Session, run_id: uuid.UUID, token: uuid.UUID, *, reason: str, not_before: datetime
) -> bool:
    """Let go of a run that goes on in another attempt; False when it is not ours."""
    return _changed(
        session,
        run_id,
        token,
        state=RunState.WAITING,
        reason=plain_text(reason),
        not_before=not_before,
    )


def add_lines(session: Session, run_id: uuid.UUID, lines: Sequence[Line]) -> None:
    """Keep what a run said, after what earlier attempts said."""
    said = select(RunLine.number).where(RunLine.run_id == run_id).order_by(RunLine.number.desc())
    last = session.scalar(said.limit(1))
    _insert_lines(session, run_id, enumerate(lines, start=0 if last is None else last + 1))


def standing(session: Session, run_id: uuid.UUID) -> Standing | None:
    """Who holds a run's row, and how it stands; None when there is no such run."""
    stands = select(Run.attempt_token, Run.state, Run.outcome).where(Run.id == run_id)
    row = session.execute(stands).one_or_none()
    return Standing(*row) if row else None


def _inserted(session: Session, opening: Opening) -> Run:
    """Our row, or that of whoever was faster."""
    row = Run(
        id=opening.run_id,
        attempt=1,
        attempt_token=opening.token,
        state=RunState.RUNNING,
        entry=plain_text(opening.entry),
        task=plain_text(opening.task),
        due_at=opening.due_at,
        trigger=opening.trigger,
        queue=opening.queue,
        worker=opening.worker,
        queued_at=opening.queued_at,
        started_at=opening.started_at,
        args=plain(list(opening.args)),
        kwargs=plain(dict(opening.kwargs)),
        counts={},
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        session.expunge_all()
        return session.get_one(Run, opening.run_id)
    if opening.trigger is Trigger.SCHEDULE:
        _note_its_due_time(session, opening)
    return row


def _note_its_due_time(session: Session, opening: Opening) -> None:
    """What has started was sent, whatever the record says or does not say yet."""
    keep_started(
        session,
        Decided(
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
        ),
    )


def _continued(session: Session, row: Run, opening: Opening) -> Answer:
    """Start the next attempt of a waiting run, unless it is early or somebody was faster."""
    if row.not_before and opening.started_at < row.not_before:
        return NotYet(row.not_before)
    taken = (
        update(Run)
        .where(Run.id == row.id, Run.state == RunState.WAITING, Run.attempt == row.attempt)
        .values(
            state=RunState.RUNNING,
            attempt=row.attempt + 1,
            attempt_token=opening.token,
            worker=opening.worker,
            not_before=None,
            reason=None,
        )
        .returning(Run.attempt)
    )
    if attempt := session.scalar(taken):
        return Admitted(attempt)
    session.refresh(row)
    return AlreadyStarted(row.state, row.outcome, row.worker)


def _changed(session: Session, run_id: uuid.UUID, token: uuid.UUID, **values: Any) -> bool:
    change = (
        update(Run)
        .where(Run.id == run_id, Run.attempt_token == token, Run.state == RunState.RUNNING)
        .values(**values)
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(change) is not None


def _insert_lines(session: Session, run_id: uuid.UUID, lines: Iterable[tuple[int, Line]]) -> None:
    rows = [
        {
            "run_id": run_id,
            "number": number,
            "at": line.at,
            "level": line.level,
            "text": plain_text(line.text),
        }
        for number, line in lines
    ]
    if rows:
        session.execute(insert(RunLine), rows)
