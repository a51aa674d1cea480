"""Runs as they come and go, for somebody who counts them and keeps looking."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Outcome, Run, RunState, Trigger
from .occurrences import chunks
from .open_runs import WAITS
from .stuck import RUNS

#: In one look; what is more comes with the next.
MOST = 50_000

_SEEN: list[Any] = [
    Run.id,
    Run.queue,
    Run.state,
    Run.outcome,
    Run.trigger,
    Run.attempt,
    Run.due_at,
    Run.queued_at,
    Run.started_at,
    Run.finished_at,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run, as it stands."""

    id: uuid.UUID
    queue: str
    state: RunState
    outcome: Outcome | None
    trigger: Trigger
    attempt: int
    due_at: datetime
    queued_at: datetime | None
    started_at: datetime
    finished_at: datetime | None


def open_now(session: Session) -> list[Seen]:
    """Those that run or wait."""
    # Two questions: asked at once, SQLite goes through the whole table.
    return [
        Seen(**row)
        for which in (RUNS, WAITS)
        for row in _rows(session, select(*_SEEN).where(which))
    ]


def started_since(session: Session, since: datetime) -> list[Seen]:
    """Those whose present attempt started then or later, the first ones first."""
    question = select(*_SEEN).where(Run.started_at >= since).order_by(Run.started_at).limit(MOST)
    return [Seen(**row) for row in _rows(session, question)]


def seen_again(session: Session, runs: Collection[uuid.UUID]) -> list[Seen]:
    """These, as far as they are on record."""
    return [
        Seen(**row)
        for chunk in chunks(runs)
        for row in _rows(session, select(*_SEEN).where(Run.id.in_(chunk)))
    ]


def _rows(session: Session, question: Any) -> list[Any]:
    return list(session.execute(question).mappings())
