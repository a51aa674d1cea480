"""Taking from the record what is old: in small batches with a commit each, never at one go.

Whoever stops it loses nothing but time: the next one goes on. What has not ended is never taken,
nor the last success of an entry and the last decision on it, nor what was sent and has not started.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, delete, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from .incident_table import IncidentRow
from .keeping import Keep
from .models import Hold, Occurrence, Outcome, Run, RunEvent, RunState
from .operators import Audit, OperatorsEntry
from .record import FAILURES
from .spent import Once, spent, take_away

#: Runs in one batch: each may have some thousand lines, which go with it.
RUNS_AT_ONCE = 100

#: Other rows in one batch.
ROWS_AT_ONCE = 1_000

WELL = tuple(outcome for outcome in Outcome if outcome not in FAILURES)
NEVER_RUN = tuple(outcome for outcome in WELL if outcome is not Outcome.SUCCEEDED)

#: What is asked of old rows: the last column is the one by which they are old.
_OF_RUNS: list[Any] = [Run.id, Run.finished_at]
_OF_DECISIONS: list[Any] = [Occurrence.entry, Occurrence.first_due, Occurrence.last_due]
_OF_EVENTS: list[Any] = [RunEvent.id, RunEvent.at]
_OF_INCIDENTS: list[Any] = [IncidentRow.id, IncidentRow.ended_at]
_OF_CHANGES: list[Any] = [Audit.id, Audit.at]
_OF_DEFINITIONS: list[Any] = [OperatorsEntry.key, OperatorsEntry.changed_at]
_OF_HOLDS: list[Any] = [Hold.target, Hold.until]

_LATER = aliased(Occurrence)


@dataclass(slots=True)
class Gone:
    """How many rows went, or would go."""

    runs: int = 0
    decisions: int = 0
    events: int = 0
    incidents: int = 0
    #: Who changed what.
    changes: int = 0
    #: What operators said and took back.
    definitions: int = 0
    #: Those that were made to be due once, and are over.
    entries: int = 0
    #: Those that are over.
    holds: int = 0

    def counts(self) -> Mapping[str, int]:
        return asdict(self)


class Cleaning:
    """One cleaning; `tell` hears after each batch how many rows went so far."""

    def __init__(
        self,
        session: Session,
        keep: Keep,
        now: datetime,
        tell: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._session = session
        self._keep = keep
        self._now = now
        self._tell = tell
        self.gone = Gone()

    def clean(self) -> Gone:
        """Take what is too old, and commit each batch."""
        for old in self._old_runs():
            self._take_runs(old)
        self._take_decisions()
        self._take_events()
        self._take_incidents()
        self._take_what_was_said()
        self._take_spent()
        return self.gone

    def count(self) -> Gone:
        """How much would be taken."""
        for old in self._old_runs():
            self.gone.runs += self._count(old)
        self.gone.decisions = self._count(self._old_decisions())
        self.gone.events = self._count(self._old_events())
        self.gone.incidents = self._count(self._old_incidents())
        self.gone.changes = self._count(self._old_changes())
        self.gone.entries = sum(map(len, spent(self._session, self._once())))
        self.gone.definitions = self._count(self._old_definitions())
        self.gone.holds = self._count(self._old_holds())
        return self.gone

    def _take_runs(self, old: Select[Any]) -> None:
        for batch in self._batches(old, Run.finished_at, RUNS_AT_ONCE):
            ids = [run for run, _ in batch]
            self._take(delete(RunEvent).where(RunEvent.run.in_(ids)))
            self.gone.runs += self._take(delete(Run).where(Run.id.in_(ids)))
            self._commit()

    def _take_decisions(self) -> None:
        for batch in self._batches(self._old_decisions(), Occurrence.last_due, ROWS_AT_ONCE):
            keys = [(entry, first_due) for entry, first_due, _ in batch]
            taken = delete(Occurrence).where(
                tuple_(Occurrence.entry, Occurrence.first_due).in_(keys),
                # A span may have grown meanwhile.
                Occurrence.last_due <= batch[-1][-1],
            )
            self.gone.decisions += self._take(taken)
            self._commit()

    def _take_events(self) -> None:
        for ids in self._ids(self._old_events(), RunEvent.at):
            self.gone.events += self._take(delete(RunEvent).where(RunEvent.id.in_(ids)))
            self._commit()

    def _take_incidents(self) -> None:
        for ids in self._ids(self._old_incidents(), IncidentRow.ended_at):
            self.gone.incidents += self._take(delete(IncidentRow).where(IncidentRow.id.in_(ids)))
            self._commit()

    def _take_what_was_said(self) -> None:
        for ids in self._ids(self._old_changes(), Audit.at):
            self.gone.changes += self._take(delete(Audit).where(Audit.id.in_(ids)))
            self._commit()
        for keys in self._ids(self._old_definitions(), OperatorsEntry.changed_at):
            # Something may have been said meanwhile.
            gone = delete(OperatorsEntry).where(
                OperatorsEntry.key.in_(keys), OperatorsEntry.said.is_(None)
            )
            self.gone.definitions += self._take(gone)
            self._commit()
        for batch in self._batches(self._old_holds(), Hold.until, ROWS_AT_ONCE):
            # It may be held again meanwhile.
            over = delete(Hold).where(
                Hold.target.in_([target for target, _ in batch]), Hold.until <= batch[-1][-1]
            )
            self.gone.holds += self._take(over)
            self._commit()

    def _take_spent(self) -> None:
        for keys in spent(self._session, self._once()):
            once = {key: self._keep.once[key] for key in keys}
            self.gone.entries += take_away(self._session, once, self._now)
            self._commit()

    def _once(self) -> Mapping[str, Once]:
        """Those that nobody may ask about any more."""
        keep = self._keep
        return {
            key: once
            for key, once in keep.once.items()
            if once.due_at <= self._now - keep.least_of(key)
        }

    def _ids(self, old: Select[Any], by: Any) -> Iterator[list[Any]]:
        return ([row for row, _ in batch] for batch in self._batches(old, by, ROWS_AT_ONCE))

    def _old_runs(self) -> Iterator[Select[Any]]:
        """What is too old, entry by entry and kind by kind, so that an index finds it."""
        for entry in self._entries():
            last_success = self._session.scalar(
                select(Run.id)
                .where(Run.entry == entry, Run.outcome == Outcome.SUCCEEDED)
                .where(Run.finished_at.is_not(None))
                .order_by(Run.finished_at.desc())
                .limit(1)
            )
            for outcomes, upto in self._bounds(entry):
                old = select(*_OF_RUNS).where(
                    Run.entry == entry,
                    Run.finished_at <= upto,
                    Run.outcome.in_(outcomes),
                    Run.state == RunState.ENDED,
                )
                yield old.where(Run.id != last_success) if last_success else old

    def _entries(self) -> Iterator[str]:
        """Each entry that has runs: a step along the index for each, not a look at every run."""
        entry: str | None = ""
        while entry is not None:
            after = select(Run.entry).where(Run.entry > entry).order_by(Run.entry).limit(1)
            entry = self._session.scalar(after)
            if entry is not None:
                yield entry

    def _bounds(self, entry: str) -> Iterator[tuple[Collection[Outcome], datetime]]:
        """For each kind of ending: what ended then or before is too old."""
        keep = self._keep
        least = self._now - keep.least_of(entry)
        for outcomes, age in ((WELL, keep.runs), (FAILURES, keep.failures)):
            upto = min(self._now - age, least)
            beyond = self._session.scalar(
                select(Run.finished_at)
                .where(Run.entry == entry, Run.outcome.in_(outcomes))
                .where(Run.finished_at.is_not(None))
                .order_by(Run.finished_at.desc())
                .offset(keep.per_entry)
                .limit(1)
            )
            upto = max(upto, min(beyond, least)) if beyond else upto
            if entry in keep.brief and outcomes is WELL:
                yield (Outcome.SUCCEEDED,), least
                yield NEVER_RUN, upto
            else:
                yield outcomes, upto

    def _old_decisions(self) -> Select[Any]:
        least = [self._keep.least_of_others, *self._keep.least.values()]
        has_not_ended = (
            select(Run.id).where(Run.id == Occurrence.run, Run.state != RunState.ENDED).exists()
        )
        is_not_the_last = (
            select(_LATER.entry)
            .where(_LATER.entry == Occurrence.entry, _LATER.first_due > Occurrence.first_due)
            .exists()
        )
        return select(*_OF_DECISIONS).where(
            Occurrence.last_due <= self._now - max(self._keep.decisions, *least),
            # Else nobody would send it again.
            Occurrence.awaited_since.is_(None),
            ~has_not_ended,
            is_not_the_last,
        )

    def _old_events(self) -> Select[Any]:
        """Those of runs that never had a row, and what came after their run went."""
        return select(*_OF_EVENTS).where(RunEvent.at <= self._now - self._keep.longest)

    def _old_incidents(self) -> Select[Any]:
        """Those that were over before any run was that may still be on record."""
        return select(*_OF_INCIDENTS).where(IncidentRow.ended_at <= self._now - self._keep.longest)

    def _old_changes(self) -> Select[Any]:
        return select(*_OF_CHANGES).where(Audit.at <= self._now - self._keep.audit)

    def _old_definitions(self) -> Select[Any]:
        """Those that were taken back, and of which no older Redis will speak any more."""
        return select(*_OF_DEFINITIONS).where(
            OperatorsEntry.said.is_(None),
            OperatorsEntry.changed_at <= self._now - self._keep.audit,
            OperatorsEntry.key.not_in(self._keep.renamed),
        )

    def _old_holds(self) -> Select[Any]:
        """Those that were over before anything was due that may still be decided."""
        age = max(self._keep.audit, self._keep.least_of_others, *self._keep.least.values())
        return select(*_OF_HOLDS).where(
            Hold.until <= self._now - age, Hold.target.not_in(self._keep.renamed)
        )

    def _batches(self, old: Select[Any], by: Any, size: int) -> Iterator[list[Any]]:
        """Rows to take next, the oldest first; each batch goes on where the one before ended."""
        question = old.order_by(by).limit(size).with_for_update(skip_locked=True)
        batch = list(self._session.execute(question))
        while batch:
            yield batch
            after = question.where(by >= batch[-1][-1])
            batch = list(self._session.execute(after))

    def _take(self, taken: Delete) -> int:
        return int(self._session.execute(taken).rowcount)  # type: ignore[attr-defined]

    def _commit(self) -> None:
        self._session.commit()
        self._tell(sum(self.gone.counts().values()))

    def _count(self, old: Select[Any]) -> int:
        return self._session.scalar(select(func.count()).select_from(old.subquery())) or 0
