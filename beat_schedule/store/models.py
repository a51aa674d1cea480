"""The package's own tables."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from beat_schedule.store.types import TYPES, by_value, metadata


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = TYPES


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
