"""The package's own tables."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from beat_schedule.decisions import Decision, HoldKind

from .base import NOT_DONE, WENT_WRONG, Base, index_of_few
from .types import by_value


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
    #: Its workers died, one after the other.
    LOST = "lost"
    #: A guard kept it from starting, or another run of its entry was under way.
    SKIPPED = "skipped"
    #: It had not started when it was too late for it.
    EXPIRED = "expired"
    #: A person ended it.
    CANCELLED = "cancelled"


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
        # Both have no row of a run before it ends, the second none of one that went well.
        index_of_few(
            "ix_run_entry_finished_at", "entry", "finished_at", of=text("finished_at IS NOT NULL")
        ),
        index_of_few(
            "ix_run_fingerprint", "fingerprint", "finished_at", of=text("fingerprint IS NOT NULL")
        ),
        index_of_few("ix_run_went_wrong", "finished_at", of=WENT_WRONG),
        index_of_few("ix_run_waiting", "not_before", of=text("state = 'waiting'")),
        index_of_few("ix_run_running", "id", of=text("state = 'running'")),
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
    #: Whether a message of its own is on its way for the next attempt.
    has_message: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Asked for by force: no guard keeps any of its attempts from starting.
    forced: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: After this it may not start any more.
    expires_at: Mapped[datetime | None]
    #: How many of its attempts died with their worker, and how many failed.
    lost_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    #: How many lost ones are made again.
    reruns: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    queued_at: Mapped[datetime | None]
    #: Of the attempt that stands here; of those before it `attempt` tells.
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(String(300))
    #: Of the message that started the attempt, by which Celery can be told to end it.
    celery_id: Mapped[str] = mapped_column(Text, server_default=text("''"))
    args: Mapped[list[Any]]
    kwargs: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    #: What it said of how far it is; the total may be unknown.
    progress_done: Mapped[int | None] = mapped_column(BigInteger)
    progress_total: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(Text)
    traceback: Mapped[str | None] = mapped_column(Text)
    #: The same for like errors.
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    #: Of Python, of us, and of the project where it says one; and its trace, if it has one.
    versions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Attempt(Base):
    """An attempt that ended while its run went on; of the last one the run itself tells."""

    __tablename__ = "attempt"

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("run.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(String(300))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    #: `failed`, `timed out`, `lost` or `given back`.
    ending: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    traceback: Mapped[str | None] = mapped_column(Text)


class RunEvent(Base):
    """What befell a run beside its attempts; it may have no row yet."""

    __tablename__ = "run_event"
    __table_args__ = (Index("ix_run_event_run", "run", "at"), Index("ix_run_event_at", "at"))

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    run: Mapped[uuid.UUID] = mapped_column(Uuid)
    at: Mapped[datetime]
    #: `sent again`, `dropped`, `taken over` or `cancelled`.
    event: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)


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
        index_of_few(
            "ix_occurrence_awaited_since", "awaited_since", of=text("awaited_since IS NOT NULL")
        ),
        index_of_few("ix_occurrence_went_wrong", "last_due", of=NOT_DONE),
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


class Feature(Base):
    """A switch that turns runs on and off."""

    __tablename__ = "feature"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    description: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Text)


class Revision(Base):
    """A number that rises with every change of what guards look at, so that they may remember."""

    __tablename__ = "revision"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
