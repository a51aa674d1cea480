"""What went wrong of late, for one glance: each question goes along an index of few rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from beat_schedule.incidents import End

from .base import NOT_DONE, WENT_WRONG
from .models import Occurrence, Outcome, Run
from .watched import last_ends

#: Entries of which each is told; of more it is told that there are more.
MOST = 100

#: The newest rows that are looked at for them.
NEWEST = 5_000


@dataclass(frozen=True, slots=True)
class Failing:
    """An entry whose last run failed."""

    entry: str
    last: End


@dataclass(frozen=True, slots=True)
class Missed:
    """What of an entry's due times did not run although nobody wanted that."""

    entry: str
    count: int
    last_due: datetime
    #: Of the last of them.
    reason: str


def failing(session: Session, since: datetime) -> list[Failing]:
    """The entries whose last run failed, the last one first; of those that ended since then."""
    newest = (
        select(Run.entry, Run.finished_at)
        .where(WENT_WRONG, Run.finished_at >= since, Run.outcome != Outcome.EXPIRED)
        .order_by(Run.finished_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    last = func.max(newest.c.finished_at)
    question = select(newest.c.entry).group_by(newest.c.entry).order_by(last.desc()).limit(MOST)
    entries = session.scalars(question).all()
    ends = last_ends(session, dict.fromkeys(entries, 1))
    return [
        Failing(entry, end) for entry in entries for end in ends.get(entry, ()) if not end.succeeded
    ]


def missed(session: Session, since: datetime) -> list[Missed]:
    """What was due since then and never started, by entry, the last one first."""
    found: dict[str, Missed] = {}
    for row in [*_not_sent(session, since), *_never_started(session, since)]:
        before = found.get(row.entry)
        if before is None:
            found[row.entry] = row
            continue
        newer = max(row, before, key=lambda each: each.last_due)
        found[row.entry] = Missed(row.entry, row.count + before.count, newer.last_due, newer.reason)
    return sorted(found.values(), key=lambda each: each.last_due, reverse=True)


def _not_sent(session: Session, since: datetime) -> list[Missed]:
    question = (
        select(Occurrence.entry, Occurrence.count, Occurrence.last_due, Occurrence.reason)
        .where(NOT_DONE, Occurrence.last_due >= since)
        .order_by(Occurrence.last_due.desc())
        .limit(NEWEST)
    )
    return [Missed(*row) for row in session.execute(question)]


def _never_started(session: Session, since: datetime) -> list[Missed]:
    """Sent, and then too late for any worker."""
    question = (
        select(Run.entry, Run.due_at, Run.reason)
        .where(WENT_WRONG, Run.outcome == Outcome.EXPIRED, Run.finished_at >= since)
        .order_by(Run.finished_at.desc())
        .limit(NEWEST)
    )
    return [Missed(row.entry, 1, row.due_at, row.reason or "") for row in session.execute(question)]
