"""The outbox: a notice is written down once, claimed once, and ends once.

Every step is a short transaction of its own and a compare-and-set, so that two runs at once, or
a run killed anywhere, never send a notice twice. No mail goes while a transaction is open.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Engine, Insert, Table, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from beat_schedule.store.engine import Sessions, make_readers, make_sessions

from .models import PENDING, LibraryBase, Notice, NoticeItem, NoticeState
from .policy import NoticePlan

#: After so long a claim is a dead sender's.
CLAIM_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Stores:
    """Two ways into one database: reading keeps nobody waiting, writing is short."""

    readers: Sessions
    writers: Sessions

    @classmethod
    def of(cls, session: Session) -> Self:
        """Beside a run's own session, which is ended: on SQLite it would lock out our writes."""
        session.commit()
        engine = session.get_bind()
        if not isinstance(engine, Engine):
            engine = engine.engine
        return cls(make_readers(engine), make_sessions(engine))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a claimed notice."""

    notice_id: uuid.UUID
    state: NoticeState
    attempts: int
    at: datetime
    reason: str | None = None
    #: When a notice that goes back into the queue may be tried again.
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """One run's view of the outbox; `token` marks what it has claimed."""

    stores: Stores
    run_id: uuid.UUID
    token: uuid.UUID

    def queue(self, plans: Sequence[NoticePlan], on: date, now: datetime) -> list[NoticePlan]:
        """Write these notices down, in one transaction; those that were new."""
        with self.stores.writers.begin() as session:
            return self.queue_in(session, plans, on, now)

    def queue_in(
        self, session: Session, plans: Sequence[NoticePlan], on: date, now: datetime
    ) -> list[NoticePlan]:
        """The same in the caller's transaction."""
        _look_up_by_index(session)
        new = _inserted_notices(session, [self._row(plan, on, now) for plan in plans])
        fresh = [plan for plan in plans if plan.id in new]
        lost = _insert_items(session, fresh, on)
        if lost:
            session.execute(delete(NoticeItem).where(NoticeItem.notice_id.in_(lost)))
            session.execute(delete(Notice).where(Notice.id.in_(lost)))
        return [plan for plan in fresh if plan.id not in lost]

    def turn(self, ending: Ending | None, claim: uuid.UUID | None, now: datetime) -> bool:
        """Record how the last notice ended and claim the next, in one transaction.

        False when somebody else has claimed it first.
        """
        if ending is None and claim is None:
            return False
        with self.stores.writers.begin() as session:
            if ending is not None:
                session.execute(self._ended(ending))
            return claim is not None and self._claimed(session, claim, now)

    def take_back(self, endings: Sequence[Ending]) -> None:
        """Put notices of ours that ended `failed` into the queue again."""
        with self.stores.writers.begin() as session:
            for ending in endings:
                session.execute(self._ended(ending))

    def give_up_on_dead(self, now: datetime) -> list[uuid.UUID]:
        """Mark as unsure what a sender claimed long ago and never finished."""
        dead = (
            update(Notice)
            .where(Notice.state == NoticeState.SENDING, Notice.claimed_at < now - CLAIM_LASTS)
            .values(state=NoticeState.UNSURE, reason="its sender died while sending")
            .returning(Notice.id)
        )
        with self.stores.writers.begin() as session:
            return list(session.scalars(dead))

    def is_pending(self) -> bool:
        """Whether there is anything to send, or left behind by a dead sender."""
        pending = select(Notice.id).where(Notice.state.in_(PENDING)).limit(1)
        with self.stores.readers() as session:
            return session.scalar(pending) is not None

    def waiting(self) -> int:
        """How many notices are still to be sent."""
        with self.stores.readers() as session:
            queued = select(func.count()).where(Notice.state == NoticeState.QUEUED)
            return session.scalar(queued) or 0

    def _row(self, plan: NoticePlan, on: date, now: datetime) -> dict[str, Any]:
        return {
            "id": plan.id,
            "member_id": plan.member_id,
            "loans": plan.loans,
            "step": plan.step,
            "on_date": on,
            "state": NoticeState.QUEUED,
            "queued_at": now,
            "queued_by": self.run_id,
            "next_try_at": now,
            "attempts": 0,
        }

    def _claimed(self, session: Session, notice_id: uuid.UUID, now: datetime) -> bool:
        claimed = (
            update(Notice)
            .where(Notice.id == notice_id, Notice.state == NoticeState.QUEUED)
            .values(state=NoticeState.SENDING, claim=self.token, claimed_at=now)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        )
        return session.scalar(claimed) is not None

    def _ended(self, ending: Ending) -> Any:
        is_sent = ending.state is NoticeState.SENT
        values: dict[str, Any] = {
            "state": ending.state,
            "attempts": ending.attempts,
            "reason": ending.reason,
            "sent_at": ending.at if is_sent else None,
            "sent_by": self.run_id if is_sent else None,
        }
        if ending.next_try_at is not None:
            values["next_try_at"] = ending.next_try_at
        return (
            update(Notice)
            .where(Notice.id == ending.notice_id, Notice.claim == self.token)
            .values(values)
            .execution_options(synchronize_session=False)
        )


def _look_up_by_index(session: Session) -> None:
    """PostgreSQL checks each item's notice by a plan that it made when the outbox was empty.

    Then it reads the whole table each time, and the first great run takes minutes.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL enable_seqscan = off"))


def _inserted_notices(session: Session, rows: list[dict[str, Any]]) -> set[uuid.UUID]:
    notice = LibraryBase.metadata.tables["library_notice"]
    statement = insert_new(session, notice).returning(notice.c.id)
    return set(session.connection().execute(statement, rows).scalars())


def _insert_items(session: Session, plans: Sequence[NoticePlan], on: date) -> list[uuid.UUID]:
    """Write the lines of new notices; those that lost a step to another run at this moment."""
    rows = [
        {"notice_id": plan.id, "loan_id": line.loan_id, "step": line.step, "on_date": on}
        for plan in plans
        for line in plan.lines
    ]
    if not rows:
        return []
    item = LibraryBase.metadata.tables["library_notice_item"]
    statement = insert_new(session, item).returning(item.c.notice_id, item.c.loan_id)
    kept = {tuple(row) for row in session.connection().execute(statement, rows)}
    return [
        plan.id for plan in plans if any((plan.id, line.loan_id) not in kept for line in plan.lines)
    ]


def insert_new(session: Session, table: Table) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING, in the words of the session's database."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
