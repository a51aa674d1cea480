"""The questions that people ask of the record, answered in frozen values."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from string import hexdigits
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from beat_schedule.errors import NotFoundError

from .base import WENT_WRONG
from .models import Occurrence, Outcome, Run, RunEvent, RunLine, RunState, Trigger
from .occurrences import chunks
from .runs import Line

#: Ways of ending that somebody should look at.
FAILURES = (Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST)

#: The endings of which an index has the few rows.
_WENT_WRONG = frozenset({*FAILURES, Outcome.EXPIRED})
_OPEN = frozenset({RunState.RUNNING, RunState.WAITING})

#: Digits of a run's id that people are shown, and may type.
SHORT = 8

#: Digits of a whole id.
DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as it stands in the record."""

    id: uuid.UUID
    entry: str
    task: str
    due_at: datetime
    trigger: Trigger
    queue: str
    state: RunState
    outcome: Outcome | None
    reason: str | None
    #: The number of the one that stands here; 0 of a run that never started.
    attempt: int
    lost_count: int
    failed_count: int
    #: Of a waiting run: when it may go on.
    not_before: datetime | None
    expires_at: datetime | None
    queued_at: datetime | None
    #: Of this attempt; of a run that never started, when that was known.
    started_at: datetime
    finished_at: datetime | None
    worker: str
    celery_id: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    counts: Mapping[str, Any]
    progress_done: int | None
    progress_total: int | None
    error: str | None
    traceback: str | None
    fingerprint: str | None
    versions: Mapping[str, Any]

    @property
    def short_id(self) -> str:
        return str(self.id)[:SHORT]

    @property
    def has_started(self) -> bool:
        return self.attempt > 0

    @property
    def is_queued(self) -> bool:
        """Whether it was sent, and no worker has started it."""
        return self.state is RunState.WAITING and not self.attempt and not self.reason

    @property
    def took(self) -> timedelta | None:
        """How long its last attempt ran; None while it runs, and if it never did."""
        if not self.finished_at or not self.has_started:
            return None
        return self.finished_at - self.started_at

    @property
    def ending(self) -> str:
        """The outcome, or how it stands."""
        return str(self.outcome or self.state)


def latest_runs(
    session: Session,
    *,
    entry: str | None = None,
    failed: bool = False,
    endings: Collection[Outcome | RunState] = (),
    since: datetime | None = None,
    fingerprint: str | None = None,
    limit: int = 20,
) -> list[RunRecord]:
    """The runs that started last, newest first; `entry` is a key or a task's path.

    Of those that never started it counts when that was known.
    """
    # By an expression where few are asked for: in the order of the column all would be read.
    are_few = failed or (endings and {*endings} <= _WENT_WRONG | _OPEN)
    started_at = func.coalesce(Run.started_at, Run.started_at) if are_few else Run.started_at
    question = select(Run).order_by(started_at.desc(), Run.id).limit(limit)
    if entry:
        question = question.where(is_of(entry))
    if failed:
        question = question.where(WENT_WRONG, Run.outcome.in_(FAILURES))
    if endings:
        question = question.where(or_(*map(_stands_so, endings)))
    if since:
        question = question.where(Run.started_at >= since)
    if fingerprint:
        question = question.where(Run.fingerprint == fingerprint)
    return [record_of(row) for row in session.scalars(question)]


def is_of(entry: str) -> ColumnElement[bool]:
    """Whether a run is of this entry, or of this task."""
    return or_(Run.entry == entry, Run.task == entry)


def _stands_so(ending: Outcome | RunState) -> ColumnElement[bool]:
    # Spelt out, or the planner could not see that the small indexes will do.
    if isinstance(ending, Outcome):
        so = Run.outcome == ending
        return and_(WENT_WRONG, so) if ending in _WENT_WRONG else so
    return Run.state == literal_column(f"'{ending}'")


def run_named(session: Session, name: str) -> RunRecord:
    """The run of that id, or the only one whose id begins so.

    Raises NotFoundError when there is none, or more than one.
    """
    between = select(Run).where(Run.id.between(*ids_named(name))).limit(2)
    match session.scalars(between).all():
        case [row]:
            return record_of(row)
        case []:
            raise NotFoundError(_why_there_is_none(session, name))
        case _:
            raise NotFoundError(f"more than one run's id begins with {name}: type more of it")


def runs_of(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, RunRecord]:
    """Those of these runs that are on record."""
    rows = (
        row
        for some in chunks(list(ids))
        for row in session.scalars(select(Run).where(Run.id.in_(some)))
    )
    return {row.id: record_of(row) for row in rows}


def ids_named(name: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The first and the last id that begin so; raises NotFoundError for what begins none."""
    digits = name.replace("-", "").lower()
    if not 0 < len(digits) <= DIGITS or set(digits) - set(hexdigits):
        raise NotFoundError(f"{name!r} is no run's id; `hookbeat runs` lists them")
    first, last = (uuid.UUID(digits.ljust(DIGITS, digit)) for digit in "0f")
    return first, last


def sent_named(session: Session, name: str) -> Occurrence | None:
    """The due time whose run was sent and has no row yet, if one alone has an id that begins so."""
    awaited = select(Occurrence).where(
        Occurrence.awaited_since.is_not(None), Occurrence.run.between(*ids_named(name))
    )
    found = session.scalars(awaited.limit(2)).all()
    return found[0] if len(found) == 1 else None


def lines_of(session: Session, run_id: uuid.UUID, after: int = -1) -> list[Line]:
    """What a run logged and printed, in order; from the line after that number on."""
    question = select(RunLine).where(RunLine.run_id == run_id, RunLine.number > after)
    rows = session.scalars(question.order_by(RunLine.number))
    return [Line(row.at, row.level, row.text) for row in rows]


def record_of(row: Run) -> RunRecord:
    values = {field.name: getattr(row, field.name) for field in fields(RunRecord)}
    frozen = {name: MappingProxyType(values[name]) for name in ("kwargs", "counts", "versions")}
    return RunRecord(**values | frozen | {"args": tuple(row.args)})


def _why_there_is_none(session: Session, name: str) -> str:
    sent = sent_named(session, name)
    if sent is None:
        return (
            f"no run's id begins with {name}: a run is on record from its start on, so one "
            "just sent waits for a worker (`hookbeat runs` lists all that started)"
        )
    again = select(func.count()).where(RunEvent.run == sent.run, RunEvent.event == "sent again")
    times = session.scalar(again)
    repeated = f", and {times} more time{'s' if times != 1 else ''} since" if times else ""
    return (
        f"run {sent.run} of {sent.entry} has not started: it was sent at "
        f"{sent.decided_at:%Y-%m-%d %H:%M:%S}Z{repeated}, and no worker has taken it yet "
        f"(does one consume the queue {sent.queue!r}?)"
    )
