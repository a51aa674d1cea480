"""What the scripts are told and what they answer, as Python sees it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Decided, Decision, Hold, HoldKind, Owed
from beat_schedule.policies import Overlap

from .pushes import Message


@dataclass(frozen=True, slots=True)
class Watched:
    """The lease as `watch.lua` found it."""

    now: datetime
    #: Empty while nobody leads.
    grant: str
    renewals: str
    owner: str
    term: int
    since: datetime
    #: Hash of the declared set that is in force.
    generation: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The lease is ours."""

    grant: str
    term: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Declared:
    """An entry, as far as the state must know it."""

    entry: str
    spread: timedelta
    #: Of its schedule.
    fingerprint: str
    #: Keys that it had before.
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an entry is decided, and whether it owes anything."""

    last: datetime
    owes: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A due time, or a span of like ones, and what the beat proposes."""

    first: datetime
    last: datetime
    count: int
    #: None to send it.
    decision: Decision | None
    reason: str = ""
    message: Message | None = None
    #: The run's id; empty where nobody follows it.
    run: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is proposed for one entry; everything in (expected, newest] of it."""

    entry: str
    expected: datetime
    spread: timedelta
    overlap: Overlap
    items: Sequence[Item]
    even_in_maintenance: bool = False


class Word(StrEnum):
    """How the decision of one entry went; `decide.lua` says what each means."""

    DECIDED = "decided"
    DONE = "done"
    STALE = "stale"
    EARLY = "early"
    WAITS = "waits"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a candidate."""

    word: Word
    #: Up to where the entry is decided now.
    last: datetime
    #: How many messages went out; what was already there is not counted again.
    sent: int


@dataclass(frozen=True, slots=True)
class Owing:
    """What an entry owes, as Redis has it."""

    due_at: datetime
    next_try: datetime
    why: str

    def text(self) -> str:
        return f"{to_millis(self.due_at)}|{to_millis(self.next_try)}|{self.why}"

    @classmethod
    def read(cls, text: bytes) -> "Owing":
        due_at, next_try, why = text.decode().split("|", 2)
        return cls(from_millis(due_at), from_millis(next_try), why)


@dataclass(frozen=True, slots=True)
class Read:
    """The head of the journal, and where Redis stood at that very moment."""

    ids: Sequence[bytes]
    decided: Sequence[Decided]
    holds: Sequence[Hold]
    #: None when the journal goes on: its lines must be kept before a cursor beyond them.
    checkpoint: Checkpoint | None


def hold_text(hold: Hold) -> str:
    """A hold as Redis keeps it."""
    return json.dumps(
        {
            "kind": hold.kind,
            "since": to_millis(hold.since),
            "until": None if hold.until is None else to_millis(hold.until),
            "by": hold.by,
            "why": hold.why,
            "version": hold.version,
        }
    )


def read_hold(target: str, text: str | bytes) -> Hold:
    said = json.loads(text)
    return Hold(
        target=target,
        kind=HoldKind(said["kind"]),
        since=from_millis(int(said["since"])),
        until=None if said["until"] is None else from_millis(int(said["until"])),
        by=said["by"],
        why=said["why"],
        version=int(said["version"]),
    )


def owed(text: bytes) -> Owed:
    owing = Owing.read(text)
    return Owed(due_at=owing.due_at, why=owing.why)


Fields = Mapping[bytes, bytes]


def decided(line: Fields) -> Decided:
    """One line of the journal."""
    said: dict[str, Any] = {name.decode(): value.decode() for name, value in line.items()}
    return Decided(
        entry=said["entry"],
        first_due=from_millis(said["first"]),
        last_due=from_millis(said["last"]),
        count=int(said["count"]),
        decision=Decision(said["decision"]),
        reason=said["reason"],
        term=int(said["term"]),
        decided_at=from_millis(said["at"]),
        run=uuid.UUID(said["run"]) if said["run"] else None,
        queue=said["queue"],
        step=int(said["step"]),
        expires_at=from_millis(said["expires"]) if said["expires"] else None,
    )
