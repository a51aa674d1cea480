"""What was sent and has not started, counted by entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .models import Occurrence, Run
from .open_runs import HAS_NO_ROW, QUEUED, WAITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstarted:
    """Runs of one entry."""

    entry: str
    count: int
    #: When the oldest of them was sent.
    since: datetime


def unstarted(session: Session) -> Sequence[Unstarted]:
    """Of each entry that has any, those that wait longest first."""
    due_times = (
        select(Occurrence.entry, func.count(), func.min(Occurrence.decided_at))
        .where(Occurrence.awaited_since.is_not(None), HAS_NO_ROW)
        .group_by(Occurrence.entry)
    )
    rows = (
        select(Run.entry, func.count(), func.min(Run.queued_at))
        .where(WAITS, QUEUED)
        .group_by(Run.entry)
    )
    found: dict[str, Unstarted] = {}
    every: Iterator[Any] = chain(session.execute(due_times), session.execute(rows))
    for entry, count, since in every:
        before = found.get(entry, Unstarted(entry=entry, count=0, since=since))
        found[entry] = Unstarted(
            entry=entry, count=before.count + count, since=min(before.since, since)
        )
    return sorted(found.values(), key=lambda each: (each.since, each.entry))
