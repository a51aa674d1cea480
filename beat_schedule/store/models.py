"""The package's own tables."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, TextClause, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from beat_schedule.decisions import Decision, HoldKind
from beat_schedule.store.types import TYPES, by_value, metadata


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = TYPES


def _index_of(name: str, column: str, rows: TextClause) -> Index:
    """An index of few rows of a long table."""
    return Index(name, column, sqlite_where=rows, postgresql_where=rows)


class RunState(enum.StrEnum):
    """Where a run stands; `ended` has an outcome."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"


class Outcome(enum.StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    LOST = "lost"


class Trigger(enum.StrEnum):
    """What asked for a run."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    #: A plain Celery call of the task, by somebody who does not know entries.
    CALL = "call"


class Run(Base):
    """Carrying one occurrence out, in one or more attempts."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_entry_due_at", "entry", "due_at"),
        Index("ix_run_started_at", "started_at"),
        _index_of("ix_run_waiting", "due_at", text("state = 'waiting'")),
    )

    #: `uuid5(entry, due_at)` of a scheduled run; drawn by whoever asked for any other.
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    entry: Mapped[str] = mapped_column(String(300))
    task: Mapped[str] = mapped_column(String(300))
    due_at: Mapped[datetime]
    trigger: Mapped[Trigger] = mapped_column(by_value(Trigger))
    queue: Mapped[str] = mapped_column(String(100))
    state: Mapped[RunState] = mapped_column(by_value(RunState))
    outcome: Mapped[Outcome | None] = mapped_column(by_value(Outcome))
    #: Why it ended so, in words for people.
    reason: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int]
    #: Drawn before the gate is tried: who holds it owns the run.
    attempt_token: Mapped[uuid.UUID] = mapped_column(Uuid)
    #: Rises while the worker lives.
    beat: Mapped[int] = mapped_column(default=0)
    #: The entry's key while no other run of it may start.
    slot: Mapped[str | None] = mapped_column(String(300), unique=True)
    #: A waiting run may not start before.
    not_before: Mapped[datetime | None]
    lost_count: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(String(300))
    args: Mapped[list[Any]]
    kwargs: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    error: Mapped[str | None] = mapped_column(Text)
    traceback: Mapped[str | None] = mapped_column(Text)


class RunLine(Base):
    """One line that a run logged or printed."""

    __tablename__ = "run_line"

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("run.id", ondelete="CASCADE"), primary_key=True
    )
    #: Order within the run, from 0.
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    level: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)


class Occurrence(Base):
    """What became of a due time, or of a span of like ones.

    Its texts have no bound: a line too long for its column would stop all that come after it.
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        Index("ix_occurrence_last_due", "last_due"),
        _index_of(
            "ix_occurrence_awaited_since", "awaited_since", text("awaited_since IS NOT NULL")
        ),
    )

    entry: Mapped[str] = mapped_column(Text, primary_key=True)
    #: Of a span whose beginning was decided otherwise: the millisecond after that.
    first_due: Mapped[datetime] = mapped_column(primary_key=True)
    last_due: Mapped[datetime]
    #: How many due times the span has.
    count: Mapped[int]
    decision: Mapped[Decision] = mapped_column(by_value(Decision))
    reason: Mapped[str] = mapped_column(Text)
    #: The leader's; 0 where a run started before the line of its sending was read.
    term: Mapped[int] = mapped_column(BigInteger)
    decided_at: Mapped[datetime]
    #: Of what was sent to workers of ours.
    run: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    queue: Mapped[str] = mapped_column(Text)
    step: Mapped[int]
    expires_at: Mapped[datetime | None]
    #: When it was sent, until its run has a row: the few rows to look through for lost messages.
    awaited_since: Mapped[datetime | None]


class Checkpoint(Base):
    """Up to where a Redis had decided: what is needed when it is lost."""

    __tablename__ = "checkpoint"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    install_id: Mapped[str] = mapped_column(String(100))
    cursor: Mapped[datetime | None]
    #: Entry -> due_at (UTC ms), why.
    owing: Mapped[dict[str, Any]]


class Hold(Base):
    """That nothing is sent for an entry, or for any (`*`)."""

    __tablename__ = "hold"

    target: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[HoldKind] = mapped_column(by_value(HoldKind))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    held_by: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    #: The newer one wins.
    version: Mapped[int] = mapped_column(BigInteger)
