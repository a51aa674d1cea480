"""The record as the beat asks it: what a drain writes, and what a new Redis needs."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Subquery, func, literal_column, or_, select, union_all
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Decided, Hold, Owed, Sent
from beat_schedule.errors import OtherInstallError, RecordAwayError

from . import models
from .engine import Sessions, make_readers
from .migrate import unusable
from .models import Occurrence, Run, RunState
from .occurrences import chunks, keep_decided
from .plain import plain_text
from .types import UtcDateTime
from .upsert import insert_into

#: The one installation that a database has the record of.
MAIN = "main"

#: Of what never started: so many at once, the oldest first.
MOST = 1000

#: Nothing is sent so much later than what is asked for: Redis's clock was set back meanwhile.
AHEAD = timedelta(minutes=2)

#: What expired this long ago without a run is looked for no more.
FORGOTTEN_AFTER = timedelta(days=1)

#: How each says what time it is; SQLite has it by the millisecond.
_NOW = {
    "postgresql": func.clock_timestamp(type_=UtcDateTime),
    "sqlite": func.strftime("%Y-%m-%d %H:%M:%f000", "now", type_=UtcDateTime),
}

_SENT: list[Any] = [
    Occurrence.entry,
    Occurrence.first_due.label("due_at"),
    Occurrence.run,
    Occurrence.queue,
    Occurrence.step,
    Occurrence.decided_at,
    Occurrence.expires_at,
]


class Journal:
    """Implements what the beat asks of a record; a transaction for each call.

    Every method raises RecordAwayError. None that only reads waits for a writer.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._writers = sessions
        self._readers = make_readers(sessions.kw["bind"])

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint; None in a database that never had one."""
        with _asked(self._readers) as session:
            return _checkpoint(session)

    def begin(self, install: str) -> str:
        """Give a new database its install id; returns the one that stands, if one already did."""
        with _asked(self._writers) as session:
            return _begun(session, install).install_id

    def keep(
        self, decided: Sequence[Decided], holds: Sequence[Hold], checkpoint: Checkpoint | None
    ) -> None:
        """Write down what a drain read, all of it or nothing; twice changes nothing.

        Raises OtherInstallError for a checkpoint of another Redis.
        """
        with _asked(self._writers) as session:
            # First, because its row keeps two drains apart.
            _keep_checkpoint(session, checkpoint)
            keep_decided(session, decided)
            _keep_holds(session, holds)

    def decided_after(self, instant: datetime) -> Mapping[str, datetime]:
        """For each entry with a decided due time later than that: the newest of them."""
        newest = (
            select(Occurrence.entry, func.max(Occurrence.last_due).label("newest"))
            # What only a gate wrote down has no term yet: those before it may be undecided.
            .where(Occurrence.last_due > instant, Occurrence.term > 0)
            .group_by(Occurrence.entry)
        )
        with _asked(self._readers) as session:
            return {row.entry: row.newest for row in session.execute(newest)}

    def holds(self) -> Sequence[Hold]:
        """Every hold there ever was of a target, as it stands; also one that has ended.

        A Redis that went back must not hold again what was freed meanwhile.
        """
        with _asked(self._readers) as session:
            question = select(models.Hold).order_by(models.Hold.target)
            return [_hold(row) for row in session.scalars(question)]

    def now(self) -> datetime:
        """The database server's own clock."""
        with _asked(self._readers) as session:
            return session.execute(select(_NOW[session.get_bind().dialect.name])).scalar_one()

    def unstarted(self, before: datetime, entries: Iterable[str]) -> Sequence[Sent]:
        """What was sent before then for tracked runs of these entries, and has not started.

        That is, it has no row or a waiting one. The 1,000 that were sent first; none that expired
        more than a day before `before`.
        """
        sent = _unstarted(expired_after=before - FORGOTTEN_AFTER)
        # What was noted by a clock that was ahead would else seem new for as long as it was ahead.
        is_old = or_(sent.c.decided_at < before, sent.c.decided_at > before + AHEAD)
        question = select(sent).where(is_old).order_by(sent.c.decided_at)
        with _asked(self._readers) as session:
            found = [
                Sent(**row)
                for chunk in chunks(entries)
                for row in session.execute(
                    question.where(sent.c.entry.in_(chunk)).limit(MOST)
                ).mappings()
            ]
        return sorted(found, key=lambda each: each.decided_at)[:MOST]

    def awaited(self, runs: Iterable[uuid.UUID], now: datetime) -> set[uuid.UUID]:
        """Which of these runs were sent, have not started, and may still start at `now`."""
        sent = _unstarted(expired_after=now)
        return self._among(runs, select(sent.c.run))

    def settled(self, runs: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Which of these runs have ended."""
        return self._among(runs, select(Run.id).where(Run.state == RunState.ENDED))

    def _among(self, runs: Iterable[uuid.UUID], found: Select[Any]) -> set[uuid.UUID]:
        """Those of `runs` that are found."""
        run = found.selected_columns[0]
        with _asked(self._readers) as session:
            return {
                each
                for chunk in chunks(runs)
                for each in session.scalars(found.where(run.in_(chunk)))
            }


@contextmanager
def _asked(sessions: Sessions) -> Iterator[Session]:
    try:
        with sessions.begin() as session:
            yield session
    except SQLAlchemyError as error:
        raise unusable(error, RecordAwayError) from error


def _checkpoint(session: Session) -> Checkpoint | None:
    row = session.get(models.Checkpoint, MAIN)
    if row is None:
        return None
    owing = {
        entry: Owed(due_at=from_millis(owed["due_at"]), why=owed["why"])
        for entry, owed in row.owing.items()
    }
    return Checkpoint(install=row.install_id, cursor=row.cursor, owing=owing)


def _begun(session: Session, install: str) -> models.Checkpoint:
    """The row of the checkpoint, made if there is none, and ours until the commit."""
    made = insert_into(session, models.Checkpoint).values(name=MAIN, install_id=install, owing={})
    session.execute(made.on_conflict_do_nothing())
    return session.get_one(models.Checkpoint, MAIN, with_for_update=True)


def _keep_checkpoint(session: Session, checkpoint: Checkpoint | None) -> None:
    row = session.get(models.Checkpoint, MAIN, with_for_update=True)
    if checkpoint is None:
        return
    row = row or _begun(session, checkpoint.install)
    if row.install_id != checkpoint.install:
        raise OtherInstallError(
            f"the database is the record of the Redis {row.install_id}, not of "
            f"{checkpoint.install} (HOOKBEAT_DATABASE_URL and HOOKBEAT_REDIS_URL say where)"
        )
    if checkpoint.cursor and checkpoint.cursor >= (row.cursor or checkpoint.cursor):
        row.cursor = checkpoint.cursor
        row.owing = {plain_text(entry): _stored(owed) for entry, owed in checkpoint.owing.items()}


def _stored(owed: Owed) -> dict[str, Any]:
    return {
        "due_at": to_millis(owed.due_at),
        "why": plain_text(owed.why),
    }


def _keep_holds(session: Session, holds: Sequence[Hold]) -> None:
    if not holds:
        return
    insert = insert_into(session, models.Hold)
    newer = insert.on_conflict_do_update(
        index_elements=[models.Hold.target],
        set_={column.name: column for column in insert.excluded if column.name != "target"},
        where=insert.excluded.version > models.Hold.version,
    )
    session.execute(newer, [_held(hold) for hold in holds])


def _held(hold: Hold) -> dict[str, Any]:
    return {
        "target": plain_text(hold.target),
        "kind": hold.kind,
        "since": hold.since,
        "until": hold.until,
        "held_by": plain_text(hold.by),
        "why": plain_text(hold.why),
        "version": hold.version,
    }


def _hold(row: models.Hold) -> Hold:
    return Hold(
        target=row.target,
        kind=row.kind,
        since=row.since,
        until=row.until,
        by=row.held_by,
        why=row.why,
        version=row.version,
    )


def _unstarted(*, expired_after: datetime) -> Subquery:
    """What was sent and has no row or a waiting one, without what expired before then."""
    expires_at = Occurrence.expires_at
    sent = select(*_SENT).where(or_(expires_at.is_(None), expires_at > expired_after))
    row = select(Run.id).where(Run.id == Occurrence.run).exists()
    without_a_row = sent.where(Occurrence.awaited_since.is_not(None), ~row)
    # Found from the side of the runs, of which few wait.
    waiting = sent.join(
        Run, (Run.entry == Occurrence.entry) & (Run.due_at == Occurrence.first_due)
    ).where(
        # Spelt out, or the planner could not see that the index of waiting runs will do.
        Run.state == literal_column("'waiting'"),
        Run.id == Occurrence.run,
    )
    return union_all(without_a_row, waiting).subquery()
