"""What somebody is to be told of: the values that travel between the leader and the record."""

import enum
import uuid
from dataclasses import dataclass
from datetime import datetime

#: Characters of a reason: a mail is to be read at a glance.
LONGEST_REASON = 1_000


class IncidentKind(enum.StrEnum):
    """What is wrong with an entry, or with what was to be one."""

    #: Its last runs failed, one after the other.
    FAILING = "failing"
    #: No run of it succeeded for too long after a due time.
    MISSED = "missed"
    #: What is declared there cannot be used, and does not run.
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that is wrong with an entry, until it is over.

    Entry, kind and beginning name it: what was noted once is not noted again.
    """

    #: Its key; of what is left out the place where it is declared.
    entry: str
    kind: IncidentKind
    #: When the first of the failures ended; the due time that nothing came of.
    began_at: datetime
    #: In words for people.
    reason: str
    #: The last run that failed, or that of the due time.
    run: uuid.UUID | None
    #: Given by the record.
    id: int = 0
    #: When somebody was told that it began, and that it was over.
    told_at: datetime | None = None
    ended_at: datetime | None = None
    ended_told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ended whose task was called."""

    run: uuid.UUID
    ended_at: datetime
    succeeded: bool
    #: Why not, in words.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A due time after which a success was to be expected, and what has become of it."""

    due_at: datetime
    #: In words.
    reason: str
    run: uuid.UUID | None = None


def why_ended(outcome: str, reason: str | None, error: str | None) -> str:
    """Why a run ended so, without end if it raised much."""
    said = (error or reason) if outcome == "failed" else (reason or error)
    return (said or str(outcome)).strip()[:LONGEST_REASON]
