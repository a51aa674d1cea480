"""The record as the beat asks it: what a drain writes, and what a new Redis needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from beat_schedule.clock import STRANGE, from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Decided, Definition, Hold, Owed
from beat_schedule.errors import OtherInstallError
from beat_schedule.keys import MAIN
from beat_schedule.plain import plain_text

from . import models
from .asking import asked
from .definitions import definitions_since
from .engine import Sessions
from .given_up import GivenUp
from .holds import every_hold, keep_holds
from .models import Occurrence
from .open_runs import OpenRuns
from .spans import Spans
from .types import UtcDateTime
from .upsert import insert_into

#: How each says what time it is; SQLite has it by the millisecond.
_NOW = {
    "postgresql": func.clock_timestamp(type_=UtcDateTime),
    "sqlite": func.strftime("%Y-%m-%d %H:%M:%f000", "now", type_=UtcDateTime),
}


class Journal(OpenRuns, GivenUp):
    """Implements what the beat asks of a record; a transaction for each call.

    Every method raises RecordAwayError. None that only reads waits for a writer. Each clock `group`
    has a checkpoint of its own.
    """

    def __init__(self, sessions: Sessions, group: str = MAIN) -> None:
        super().__init__(sessions)
        self._group = group
        self._spans = Spans()

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint; None in a database that never had one."""
        with asked(self._readers) as session:
            return checkpoint_of(session, self._group)

    def begin(self, install: str) -> str:
        """Give a new database its install id; returns the one that stands, if one already did."""
        with asked(self._writers) as session:
            return _begun(session, self._group, install).install_id

    def keep(
        self, decided: Sequence[Decided], holds: Sequence[Hold], checkpoint: Checkpoint | None
    ) -> None:
        """Write down what a drain read, all of it or nothing; twice changes nothing.

        Raises OtherInstallError for a checkpoint of another Redis.
        """
        try:
            with asked(self._writers) as session:
                # First, because its row keeps two drains apart.
                _keep_checkpoint(session, self._group, checkpoint)
                newest = self._spans.keep(session, decided)
                keep_holds(session, holds)
        except BaseException:
            self._spans.forget()
            raise
        self._spans.remember(newest)

    def decided_after(self, instant: datetime) -> Mapping[str, datetime]:
        """For each entry with a decided due time later than that: the newest of them.

        What a clock that was ahead decided in advance is not decided: it is due still.
        """
        # In this order SQLite takes the index of the instants, and the newest of each comes last.
        ascending = (
            select(Occurrence.entry, Occurrence.last_due)
            # What only a gate wrote down has no term yet: those before it may be undecided.
            .where(Occurrence.last_due > instant, Occurrence.term > 0)
            .order_by(Occurrence.last_due)
        )
        with asked(self._readers) as session:
            until = _now(session) + STRANGE
            found = session.execute(ascending.where(Occurrence.last_due <= until))
            return {row.entry: row.last_due for row in found}

    def holds(self) -> Sequence[Hold]:
        """Every hold there ever was of a target, as it stands; also one that has ended.

        A Redis that went back must not hold again what was freed meanwhile.
        """
        with asked(self._readers) as session:
            return every_hold(session)

    def definitions(self, after: int, most: int) -> Sequence[Definition]:
        """What operators said later than version `after`, in its order; so many at most."""
        with asked(self._readers) as session:
            return definitions_since(session, after, most)

    def now(self) -> datetime:
        """The database server's own clock."""
        with asked(self._readers) as session:
            return _now(session)

    def set_back(self, to: datetime) -> None:
        """Lower the checkpoint of every clock: a Redis that is lost goes on from there."""
        with asked(self._writers) as session:
            for row in session.scalars(select(models.Checkpoint).with_for_update()):
                if row.cursor and row.cursor > to:
                    row.cursor = to
                    row.owing = {
                        entry: owed
                        for entry, owed in row.owing.items()
                        if owed["due_at"] <= to_millis(to)
                    }


def _now(session: Session) -> datetime:
    return session.execute(select(_NOW[session.get_bind().dialect.name])).scalar_one()


def checkpoint_of(session: Session, group: str = MAIN) -> Checkpoint | None:
    row = session.get(models.Checkpoint, group)
    if row is None:
        return None
    owing = {
        entry: Owed(due_at=from_millis(owed["due_at"]), why=owed["why"])
        for entry, owed in row.owing.items()
    }
    return Checkpoint(install=row.install_id, cursor=row.cursor, owing=owing)


def _begun(session: Session, group: str, install: str) -> models.Checkpoint:
    """The row of the checkpoint, made if there is none, and ours until the commit."""
    made = insert_into(session, models.Checkpoint).values(name=group, install_id=install, owing={})
    session.execute(made.on_conflict_do_nothing())
    return session.get_one(models.Checkpoint, group, with_for_update=True)


def _keep_checkpoint(session: Session, group: str, checkpoint: Checkpoint | None) -> None:
    row = session.get(models.Checkpoint, group, with_for_update=True)
    if checkpoint is None:
        return
    row = row or _begun(session, group, checkpoint.install)
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
