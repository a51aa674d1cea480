"""What was sent and has not started, counted by entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .models import Occurrence
from .open_runs import HAS_NO_ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstarted:
    """Due times of one entry."""

    entry: str
    count: int
    #: When the oldest of them was sent.
    since: datetime


def unstarted(session: Session) -> Sequence[Unstarted]:
    """Of each entry that has any, those that wait longest first."""
    oldest = func.min(Occurrence.decided_at)
    question = (
        select(Occurrence.entry, func.count(), oldest)
        .where(Occurrence.awaited_since.is_not(None), HAS_NO_ROW)
        .group_by(Occurrence.entry)
        .order_by(oldest, Occurrence.entry)
    )
    return [
        Unstarted(entry=entry, count=count, since=since)
        for entry, count, since in session.execute(question)
    ]
