"""Incidents in the record: what the leader asks to find them, and what it notes of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select, update
from sqlalchemy.orm import Session

from beat_schedule.clock import from_millis
from beat_schedule.decisions import HoldKind
from beat_schedule.incidents import End, Expected, Incident, IncidentKind
from beat_schedule.plain import plain_text

from . import models
from .asking import asked
from .engine import Sessions, make_readers
from .incident_table import IncidentRow
from .upsert import insert_into
from .watched import last_ends, newest_due, successes


class Incidents:
    """Implements what the leader's alarms ask of a record; a transaction for each call.

    Every method raises RecordAwayError. None that only reads waits for a writer. Of those that
    stand there it tells what `concerns` the one that asks, by their entries.
    """

    def __init__(
        self, sessions: Sessions, concerns: Callable[[str], bool] = lambda _entry: True
    ) -> None:
        self._concerns = concerns
        self._writers = sessions
        self._readers = make_readers(sessions.kw["bind"])

    def ends(self, wanted: Mapping[str, int]) -> Mapping[str, Sequence[End]]:
        """Of each entry so many of its last runs whose task was called, the last first."""
        with asked(self._readers) as session:
            return last_ends(session, wanted)

    def expected(self, until: Mapping[str, datetime]) -> Mapping[str, Expected]:
        """Of each entry its newest due time up to then that nobody kept from running."""
        with asked(self._readers) as session:
            found = newest_due(session, until)
            owed = _owed(session, until)
        for entry, due in owed.items():
            if entry not in found or due.due_at > found[entry].due_at:
                found[entry] = due
        return found

    def successes(self, since: Mapping[str, datetime]) -> Mapping[str, End]:
        """Of each entry a run that succeeded of those that were due then or later."""
        with asked(self._readers) as session:
            return successes(session, since)

    def held(self, now: datetime) -> set[str]:
        """What is paused, disabled or in maintenance: keys of entries, or `EVERYTHING`."""
        hold = models.Hold
        held = select(hold.target).where(
            or_(hold.until.is_(None), hold.until > now), hold.kind != HoldKind.SKIP
        )
        with asked(self._readers) as session:
            return set(session.scalars(held))

    def open(self) -> Sequence[Incident]:
        """Those that are not over."""
        return self._incidents(_is_open())

    def ended_untold(self) -> Sequence[Incident]:
        """Those that are over, of which somebody may know that they began and nothing more."""
        return self._incidents(
            and_(
                IncidentRow.telling_at.is_not(None),
                IncidentRow.ended_at.is_not(None),
                IncidentRow.ended_told_at.is_(None),
            )
        )

    def begin(self, incident: Incident) -> bool:
        """Note it; False where it was noted before, or another of its kind is not over."""
        values = {
            "entry": plain_text(incident.entry),
            "kind": str(incident.kind),
            "began_at": incident.began_at,
            "reason": plain_text(incident.reason),
            "run": incident.run,
        }
        with asked(self._writers) as session:
            noted = insert_into(session, IncidentRow).values(**values).on_conflict_do_nothing()
            return session.scalar(noted.returning(IncidentRow.id)) is not None

    def end(self, incident: Incident, at: datetime) -> bool:
        """Note that it is over; False where it was already."""
        return self._change(incident, IncidentRow.ended_at, at)

    def telling(self, incident: Incident, at: datetime) -> bool:
        """Note that from now on somebody may know of it; False where that was noted already."""
        return self._change(incident, IncidentRow.telling_at, at)

    def untold(self, incident: Incident) -> None:
        """Take back what `telling` noted: nobody has taken it."""
        change = (
            update(IncidentRow)
            .where(IncidentRow.id == incident.id, IncidentRow.told_at.is_(None))
            .values(telling_at=None)
        )
        with asked(self._writers) as session:
            session.execute(change)

    def told(self, incident: Incident, at: datetime) -> bool:
        """Note that somebody was told that it began; False where that was noted already."""
        return self._change(incident, IncidentRow.told_at, at)

    def ended_told(self, incident: Incident, at: datetime) -> bool:
        """Note that somebody was told that it is over; False where that was noted already."""
        return self._change(incident, IncidentRow.ended_told_at, at)

    def _incidents(self, which: ColumnElement[bool]) -> Sequence[Incident]:
        with asked(self._readers) as session:
            found = found_in(session, select(IncidentRow).where(which))
        return [each for each in found if self._concerns(each.entry)]

    def _change(self, incident: Incident, column: Any, at: datetime) -> bool:
        change = (
            update(IncidentRow)
            .where(IncidentRow.id == incident.id, column.is_(None))
            .values({column: at})
            .returning(IncidentRow.id)
            .execution_options(synchronize_session=False)
        )
        with asked(self._writers) as session:
            return session.scalar(change) is not None


def incidents_of(session: Session, *, over: bool = False, limit: int = 20) -> list[Incident]:
    """Those that are not over, or with `over` all of them; the last that was noted first."""
    question = select(IncidentRow).limit(limit)
    if over:
        return found_in(session, question.order_by(IncidentRow.id.desc()))
    # By an expression: in the order of the ids itself every one that is over would be read.
    last_noted = (IncidentRow.id + literal_column("0")).desc()
    return found_in(session, question.where(_is_open()).order_by(last_noted))


def _owed(session: Session, until: Mapping[str, datetime]) -> dict[str, Expected]:
    """What the beat could not decide yet although it is that old."""
    owing: dict[str, Any] = {}
    for of_clock in session.scalars(select(models.Checkpoint.owing)):
        owing |= of_clock
    due = {entry: from_millis(owing[entry]["due_at"]) for entry in owing.keys() & until.keys()}
    return {
        entry: Expected(due_at=due_at, reason=f"it was not sent: {owing[entry]['why']}")
        for entry, due_at in due.items()
        if due_at <= until[entry]
    }


def _is_open() -> ColumnElement[bool]:
    return IncidentRow.ended_at.is_(None)


def found_in(session: Session, question: Select[Any]) -> list[Incident]:
    return [
        Incident(
            id=row.id,
            entry=row.entry,
            kind=IncidentKind(row.kind),
            began_at=row.began_at,
            reason=row.reason,
            run=row.run,
            told_at=row.told_at,
            ended_at=row.ended_at,
            ended_told_at=row.ended_told_at,
        )
        for row in session.scalars(question)
    ]
