"""Errors that are alike, counted together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from .models import Run
from .occurrences import chunks
from .record import RunRecord, is_of, record_of


@dataclass(frozen=True, slots=True)
class Alike:
    """Runs that ended with errors of one fingerprint."""

    fingerprint: str
    count: int
    first_at: datetime
    last_at: datetime
    #: The last of them.
    sample: RunRecord


def errors_alike(
    session: Session,
    *,
    entry: str | None = None,
    since: datetime | None = None,
    limit: int = 20,
) -> list[Alike]:
    """The errors with which runs ended, those seen last first; `entry` as everywhere."""
    asked: list[ColumnElement[bool]] = [Run.fingerprint.is_not(None)]
    if entry:
        asked.append(is_of(entry))
    if since:
        asked.append(Run.finished_at >= since)
    last_at = func.max(Run.finished_at)
    question = (
        select(Run.fingerprint, func.count(), func.min(Run.finished_at), last_at)
        .where(*asked)
        .group_by(Run.fingerprint)
        .order_by(last_at.desc(), Run.fingerprint)
        .limit(limit)
    )
    groups: Sequence[Any] = session.execute(question).all()
    samples = _samples(session, [(name, last) for name, _, _, last in groups], asked)
    return [Alike(name, count, first, last, samples[name]) for name, count, first, last in groups]


def _samples(
    session: Session, newest: Sequence[tuple[Any, Any]], asked: Sequence[ColumnElement[bool]]
) -> dict[str, RunRecord]:
    """By fingerprint, a run that ended then."""
    found = {}
    for chunk in chunks(newest):
        at = tuple_(Run.fingerprint, Run.finished_at).in_(chunk)
        for row in session.scalars(select(Run).where(at, *asked)):
            found[str(row.fingerprint)] = record_of(row)
    return found
