"""Of one due time of one entry: everything that is on record.

Each question goes along an index and reads a bounded number of rows.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from beat_schedule.decisions import Decided
from beat_schedule.incidents import Incident

from .attempts import AttemptRecord, EventRecord, attempts_of, events_of
from .audit import CHANGES_NOTHING, Noted, noted_between
from .incident_table import IncidentRow
from .incidents import found_in
from .models import Occurrence, Run
from .record import RunRecord, record_of

#: Rows that begin before a due time and are looked at for a span that goes over it.
MOST_SPANS = 100

#: Runs of one due time: its own, and those that people asked for.
MOST_RUNS = 20

#: Changes and incidents that are told of.
MOST_CHANGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A decision, and whether its run is still awaited."""

    decided: Decided
    is_awaited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStory:
    """A run with its attempts, and with what befell it."""

    run: RunRecord
    attempts: Sequence[AttemptRecord]
    events: Sequence[EventRecord]


_COLUMNS = [getattr(Occurrence, field.name) for field in fields(Decided)]


def decision_at(session: Session, keys: Collection[str], due_at: datetime) -> Known | None:
    """What became of that due time, under the first of these keys that has it."""
    for key in keys:
        question = (
            select(*_COLUMNS, Occurrence.awaited_since)
            .where(Occurrence.entry == key, Occurrence.first_due <= due_at)
            .order_by(Occurrence.first_due.desc())
            .limit(MOST_SPANS)
        )
        for row in session.execute(question).mappings():
            if row["last_due"] >= due_at:
                values = dict(row)
                is_awaited = values.pop("awaited_since") is not None
                return Known(decided=Decided(**values), is_awaited=is_awaited)
    return None


def newest_due(
    session: Session, keys: Collection[str], first: datetime, last: datetime
) -> datetime | None:
    """The newest due time in [first, last] that the record names itself."""
    named = []
    for key in keys:
        question = (
            select(Occurrence.first_due, Occurrence.last_due)
            .where(Occurrence.entry == key, Occurrence.first_due <= last)
            .order_by(Occurrence.first_due.desc())
            .limit(1)
        )
        for row in session.execute(question):
            named += [each for each in row if first <= each <= last]
    return max(named, default=None)


def first_due(session: Session, keys: Collection[str]) -> datetime | None:
    """The oldest due time on record."""
    found = [
        session.scalar(
            select(Occurrence.first_due)
            .where(Occurrence.entry == key)
            .order_by(Occurrence.first_due)
            .limit(1)
        )
        for key in keys
    ]
    return min((each for each in found if each), default=None)


def stories_at(session: Session, keys: Collection[str], due_at: datetime) -> list[RunStory]:
    """Every run of that due time, those that people asked for too; the first that began first."""
    rows = [
        row
        for key in keys
        for row in session.scalars(
            select(Run)
            .where(Run.entry == key, Run.due_at == due_at)
            .order_by(Run.started_at)
            .limit(MOST_RUNS)
        )
    ]
    return [_story(session, record_of(row)) for row in rows]


def run_of(session: Session, run_id: uuid.UUID) -> RunRecord | None:
    row = session.get(Run, run_id)
    return record_of(row) if row else None


def events_at(session: Session, run_id: uuid.UUID) -> list[EventRecord]:
    """What befell a run that may have no row yet."""
    return events_of(session, run_id)


def slot_holder(session: Session, key: str) -> RunRecord | None:
    """The run that keeps every other one of its entry from starting."""
    row = session.scalar(select(Run).where(Run.slot == key))
    return record_of(row) if row else None


def changes_between(
    session: Session, targets: Collection[str], since: datetime, until: datetime
) -> list[Noted]:
    """What people changed of these targets in [since, until], the first change first."""
    return noted_between(session, targets, since, until, most=MOST_CHANGES, but=CHANGES_NOTHING)


def incidents_between(
    session: Session, keys: Collection[str], since: datetime, until: datetime
) -> list[Incident]:
    """What was wrong with the entry at any time in [since, until], the newest first."""
    incident = IncidentRow
    question = (
        select(incident)
        .where(
            incident.entry.in_(keys),
            incident.began_at <= until,
            or_(incident.ended_at.is_(None), incident.ended_at >= since),
        )
        .order_by(incident.began_at.desc())
        .limit(MOST_CHANGES)
    )
    return found_in(session, question)


def _story(session: Session, run: RunRecord) -> RunStory:
    return RunStory(run=run, attempts=attempts_of(session, run), events=events_of(session, run.id))
