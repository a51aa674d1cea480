"""The questions that people ask of the record, answered in frozen values."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from string import hexdigits
from types import MappingProxyType
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from beat_schedule.errors import NotFoundError

from .models import Outcome, Run, RunLine, RunState, Trigger
from .runs import Line

#: Every way of ending but the good one.
FAILURES = (Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST)

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
    attempt: int
    queued_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    worker: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    counts: Mapping[str, Any]
    error: str | None
    traceback: str | None

    @property
    def short_id(self) -> str:
        return str(self.id)[:SHORT]

    @property
    def took(self) -> timedelta | None:
        """How long it ran; None while it runs."""
        return self.finished_at - self.started_at if self.finished_at else None

    @property
    def ending(self) -> str:
        """The outcome, or how it stands."""
        return str(self.outcome or self.state)


def latest_runs(
    session: Session, *, entry: str | None = None, failed: bool = False, limit: int = 20
) -> list[RunRecord]:
    """The runs that started last, newest first; `entry` is a key or a task's path."""
    question = select(Run).order_by(Run.started_at.desc(), Run.id).limit(limit)
    if entry:
        question = question.where(or_(Run.entry == entry, Run.task == entry))
    if failed:
        question = question.where(Run.outcome.in_(FAILURES))
    return [_record(row) for row in session.scalars(question)]


def run_named(session: Session, name: str) -> RunRecord:
    """The run of that id, or the only one whose id begins so.

    Raises NotFoundError when there is none, or more than one.
    """
    digits = name.replace("-", "").lower()
    if not 0 < len(digits) <= DIGITS or set(digits) - set(hexdigits):
        raise NotFoundError(f"{name!r} is no run's id; `hookbeat runs` lists them")
    first, last = (uuid.UUID(digits.ljust(DIGITS, digit)) for digit in "0f")
    between = select(Run).where(Run.id.between(first, last)).limit(2)
    match session.scalars(between).all():
        case [row]:
            return _record(row)
        case []:
            raise NotFoundError(
                f"no run's id begins with {name}: a run is on record from its start on, so one "
                "just sent waits for a worker (`hookbeat runs` lists all that started)"
            )
        case _:
            raise NotFoundError(f"more than one run's id begins with {name}: type more of it")


def lines_of(session: Session, run_id: uuid.UUID) -> list[Line]:
    """What a run logged and printed, in order."""
    question = select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.number)
    return [Line(row.at, row.level, row.text) for row in session.scalars(question)]


def _record(row: Run) -> RunRecord:
    values = {field.name: getattr(row, field.name) for field in fields(RunRecord)}
    frozen = {name: MappingProxyType(values[name]) for name in ("kwargs", "counts")}
    return RunRecord(**values | frozen | {"args": tuple(row.args)})
