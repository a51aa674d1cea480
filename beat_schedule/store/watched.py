"""Of entries that are watched: how their last runs ended, and what became of their due times.

Each question goes along an index and reads a bounded number of rows of an entry.
"""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Row,
    Select,
    bindparam,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from beat_schedule.decisions import Decision
from beat_schedule.incidents import End, Expected, why_ended

from .models import Occurrence, Outcome, Run, RunState
from .types import UtcDateTime

#: Of the entry with that number in a question.
Question: TypeAlias = Callable[[int], Select[Any]]

#: Entries in one question, for SQLite joins no more than 500.
AT_ONCE = 100

#: Of one entry at most so many of its newest rows are read: to find those that failed, one that
#: succeeded since it was due, and a due time that nobody held back.
NEWEST_ENDED = 1_000
NEWEST_SINCE = 10_000
NEWEST_DUE = 100

#: The runs whose task was called. A skipped, expired or cancelled one says nothing of the task.
CALLED = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST)

#: How a reason begins that is nobody's decision.
OVERLAP = "overlap"

_NAMED = re.compile(rf"{OVERLAP} with ([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")

#: How one begins of what was due while the entry was not declared.
NOT_DECLARED = "no longer declared"

_ENDED = {outcome: str(outcome) for outcome in Outcome} | {
    Outcome.TIMED_OUT: "timed out",
    Outcome.LOST: "was lost",
    Outcome.SKIPPED: "was skipped",
    Outcome.CANCELLED: "was cancelled",
}

_END: list[Any] = [Run.id, Run.finished_at, Run.outcome, Run.reason, Run.error]

_DUE: list[Any] = [
    Occurrence.entry,
    Occurrence.first_due,
    Occurrence.last_due,
    Occurrence.decision,
    Occurrence.reason,
    Occurrence.run,
    Occurrence.awaited_since,
]

_ITS_RUN: list[Any] = [
    Run.state,
    Run.outcome,
    Run.reason.label("run_reason"),
    Run.error,
    Run.worker,
    Run.started_at,
]


def last_ends(session: Session, wanted: Mapping[str, int]) -> dict[str, list[End]]:
    """Of each entry so many of its last runs whose task was called, the last first."""
    found: dict[str, list[End]] = {}
    for row in _each(session, _ends, wanted):
        found.setdefault(row.entry, []).append(_end(row))
    for ends in found.values():
        ends.sort(key=lambda end: end.ended_at, reverse=True)
    return found


def newest_due(session: Session, until: Mapping[str, datetime]) -> dict[str, Expected]:
    """Of each entry its newest due time up to then that nobody kept from running."""
    rows = _each(session, _due, until)
    return {row.entry: _expected(row, until[row.entry]) for row in rows}


def successes(session: Session, since: Mapping[str, datetime]) -> dict[str, End]:
    """Of each entry a run that succeeded of those that were due then or later."""
    return {row.entry: _end(row) for row in _each(session, _successes, since)}


def _each(session: Session, question: Question, bounds: Mapping[str, Any]) -> Iterator[Row[Any]]:
    """The question put for each entry, many at once."""
    rest = iter(bounds.items())
    while chunk := list(islice(rest, AT_ONCE)):
        values: dict[str, Any] = {}
        for number, (entry, bound) in enumerate(chunk):
            values |= {f"entry_{number}": entry, f"bound_{number}": bound}
        yield from session.execute(_for_each(question, len(chunk)), values)


@cache
def _for_each(question: Question, count: int) -> CompoundSelect[Any]:
    """The question, put so many times in one statement."""
    return union_all(*(select(question(number).subquery()) for number in range(count)))


def _ends(number: int) -> Select[Any]:
    """The last runs of an entry whose task was called; the bound says how many."""
    newest = (
        select(Run.entry, *_END)
        .where(Run.entry == bindparam(f"entry_{number}"), Run.finished_at.is_not(None))
        .order_by(Run.finished_at.desc())
        .limit(NEWEST_ENDED)
        .subquery()
    )
    # They come in the order in which they were found: to order them once more would read them all.
    called = select(newest).where(newest.c.outcome.in_(CALLED))
    return called.limit(bindparam(f"bound_{number}", type_=Integer))


def _successes(number: int) -> Select[Any]:
    """A run of an entry that succeeded; the bound says since when it was due."""
    newest = (
        select(Run.entry, *_END)
        .where(
            Run.entry == bindparam(f"entry_{number}"),
            Run.due_at >= bindparam(f"bound_{number}", type_=UtcDateTime),
        )
        .order_by(Run.due_at.desc())
        .limit(NEWEST_SINCE)
        .subquery()
    )
    return select(newest).where(newest.c.outcome == Outcome.SUCCEEDED).limit(1)


def _due(number: int) -> Select[Any]:
    """The newest due time of an entry up to the bound, but for those that somebody held back."""
    newest = (
        select(*_DUE)
        .where(
            Occurrence.entry == bindparam(f"entry_{number}"),
            Occurrence.first_due <= bindparam(f"bound_{number}", type_=UtcDateTime),
        )
        .order_by(Occurrence.first_due.desc())
        .limit(NEWEST_DUE)
        .subquery()
    )
    decided = newest.c
    return (
        select(newest, *_ITS_RUN)
        .outerjoin(Run, Run.id == decided.run)
        .where(
            or_(decided.decision != Decision.SKIPPED, decided.reason.startswith(OVERLAP)),
            or_(decided.decision != Decision.MISSED, ~decided.reason.startswith(NOT_DECLARED)),
            or_(
                Run.outcome.is_(None),
                Run.outcome != Outcome.SKIPPED,
                Run.reason.startswith(OVERLAP),
            ),
        )
        .order_by(decided.first_due.desc())
        .limit(1)
    )


def _end(row: Row[Any]) -> End:
    return End(
        run=row.id,
        ended_at=row.finished_at,
        succeeded=row.outcome is Outcome.SUCCEEDED,
        reason=why_ended(row.outcome, row.reason, row.error),
    )


def _expected(row: Row[Any], until: datetime) -> Expected:
    due_at = row.last_due if row.last_due <= until else row.first_due
    return Expected(due_at=due_at, reason=_what_became(row), run=row.run or in_its_way(row.reason))


def in_its_way(reason: str) -> uuid.UUID | None:
    """The run that a due time was skipped for."""
    named = _NAMED.match(reason)
    return uuid.UUID(named[1]) if named else None


def _what_became(row: Row[Any]) -> str:
    """Of a due time, in words."""
    if row.decision is Decision.ERROR:
        return f"it could not be sent: {row.reason}"
    if row.decision is not Decision.SENT:
        return f"it was {row.decision}: {row.reason}"
    match row.state:
        case RunState.ENDED:
            why = why_ended(row.outcome, row.run_reason, row.error)
            return f"its run {_ENDED[row.outcome]}: {why}"
        case RunState.RUNNING:
            return f"its run is under way on {row.worker} since {row.started_at:%Y-%m-%d %H:%M:%S}Z"
        case RunState.WAITING:
            return f"its run waits for its next attempt: {row.run_reason}"
    started = row.awaited_since is None
    return "its run is on record no more" if started else "it was sent, and no worker started it"
