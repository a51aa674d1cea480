"""What became of due times: the values that travel from the journal in Redis to the record."""

import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Decision(enum.StrEnum):
    """What became of a due time; each has exactly one."""

    SENT = "sent"
    SKIPPED = "skipped"
    COALESCED = "coalesced"
    MISSED = "missed"
    EXPIRED = "expired"
    ERROR = "error"


class HoldKind(enum.StrEnum):
    """Why nothing is sent for an entry, or for any."""

    PAUSED = "paused"
    DISABLED = "disabled"
    MAINTENANCE = "maintenance"
    #: Only until the next due time is past.
    SKIP = "skip"


class EntryKind(enum.StrEnum):
    """What an operator says of a key."""

    #: Of an entry that the code declares: what is to be otherwise.
    OVERRIDE = "override"
    #: An entry that no code declares.
    ENTRY = "entry"


#: How it is said of what is held.
SAID = {
    HoldKind.PAUSED: "paused",
    HoldKind.DISABLED: "disabled",
    HoldKind.MAINTENANCE: "in maintenance",
    HoldKind.SKIP: "skipped once",
}

#: Stands for every entry in a hold.
EVERYTHING = "*"

#: The version of a UUID that is random.
DRAWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One line of the journal: a due time, or a span of like ones, and what became of it."""

    entry: str
    first_due: datetime
    last_due: datetime
    #: How many due times the span has.
    count: int
    decision: Decision
    #: In words; begins with the cause, as in `overlap with <run>` or `paused by ada: deploy`.
    reason: str
    #: The number of the leader's term.
    term: int
    decided_at: datetime
    #: Of what was sent to workers of ours; None where nobody follows the run.
    run: uuid.UUID | None = None
    queue: str = ""
    #: The queue's list of that priority.
    step: int = 0
    #: After this the run may not start any more.
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """That nothing is sent for `target`: an entry's key, or `EVERYTHING`."""

    target: str
    kind: HoldKind
    since: datetime
    #: Due times up to here are held; None while there is no end in sight.
    until: datetime | None
    by: str
    why: str
    #: The newer one wins, in Redis and in the record.
    version: int


def in_force(holds: Iterable[Hold], now: datetime) -> list[Hold]:
    """Those whose time is not over."""
    return [hold for hold in holds if hold.until is None or now < hold.until]


def hold_of(holds: Iterable[Hold], target: str) -> Hold | None:
    return next((hold for hold in holds if hold.target == target), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What an operator says of one key; the newer version wins, in Redis and in the record."""

    key: str
    kind: EntryKind
    #: As a handler in `scheduler_events` has them; None once it is taken back.
    options: Mapping[str, Any] | None
    version: int
    #: When it was said.
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The due times of an entry that are at or before the cursor and not decided yet."""

    #: The oldest of them; whatever is due before it is decided.
    due_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Up to where a Redis had decided; enough to go on from when it is lost."""

    install: str
    #: None before the first pass ever.
    cursor: datetime | None
    owing: Mapping[str, Owed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """What the next attempt of a run is called with: what the one before was."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    #: How many attempts before it were not lost: what Celery calls retries.
    retries: int
    #: Asked for by force, as the one before was.
    forced: bool = False
    #: The `traceparent` under which it stands, where traces are asked for.
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A sent occurrence whose run has not started, as far as the record knows."""

    entry: str
    due_at: datetime
    run: uuid.UUID
    queue: str
    step: int
    decided_at: datetime
    expires_at: datetime | None
    trigger: str = "schedule"
    #: Of one that has its row and waits there: no message of it is known to be anywhere.
    repeats: "Repeat | None" = None
    #: Keeps every other run of its entry from starting.
    has_slot: bool = False
    #: It has its row and never started: its first message may still lie in its queue.
    is_queued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A run under way, and the sign of life that its worker gave last."""

    run: uuid.UUID
    entry: str
    worker: str
    #: Of its attempt.
    token: uuid.UUID
    #: Rises while the worker lives.
    beat: int


def is_drawn(run: uuid.UUID) -> bool:
    """Whether somebody asked for this run, and drew its id: all others follow from a due time."""
    return run.version == DRAWN
