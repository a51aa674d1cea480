"""What was sent and has not started."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from .models import Occurrence, Run
from .open_runs import HAS_NO_ROW, QUEUED, WAITS

_NOTHING: Any = literal_column("''")

#: The entry, as an expression: to group by the column itself, SQLite reads all that is on record in
#: the order of entries, and not the few rows that are asked for.
_DUE = Occurrence.entry.concat(_NOTHING)
_RUN = Run.entry.concat(_NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstarted:
    """Runs of one entry."""

    entry: str
    count: int
    #: When the oldest of them was sent.
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstartedRun:
    """One of them."""

    run: uuid.UUID
    entry: str
    #: When it was sent.
    since: datetime


def unstarted_runs(session: Session, most: int) -> Sequence[UnstartedRun]:
    """So many of them at most; those that wait longest first."""
    due_times = (
        select(Occurrence.run, Occurrence.entry, Occurrence.decided_at)
        .where(Occurrence.awaited_since.is_not(None), HAS_NO_ROW)
        .order_by(Occurrence.decided_at)
    )
    rows = select(Run.id, Run.entry, Run.queued_at).where(WAITS, QUEUED).order_by(Run.queued_at)
    found = [
        UnstartedRun(run=run, entry=entry, since=since)
        for question in (due_times, rows)
        for run, entry, since in session.execute(question.limit(most))
    ]
    return sorted(found, key=lambda each: each.since)[:most]


def unstarted(session: Session) -> Sequence[Unstarted]:
    """Of each entry that has any, those that wait longest first."""
    due_times = (
        select(_DUE, func.count(), func.min(Occurrence.decided_at))
        .where(Occurrence.awaited_since.is_not(None), HAS_NO_ROW)
        .group_by(_DUE)
    )
    rows = select(_RUN, func.count(), func.min(Run.queued_at)).where(WAITS, QUEUED).group_by(_RUN)
    found: dict[str, Unstarted] = {}
    every: Iterator[Any] = chain(session.execute(due_times), session.execute(rows))
    for entry, count, since in every:
        before = found.get(entry, Unstarted(entry=entry, count=0, since=since))
        found[entry] = Unstarted(
            entry=entry, count=before.count + count, since=min(before.since, since)
        )
    return sorted(found.values(), key=lambda each: (each.since, each.entry))
