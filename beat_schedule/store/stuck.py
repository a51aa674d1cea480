"""Runs that should have gone on or ended long ago."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from .models import Occurrence, Run
from .open_runs import HAS_NO_ROW, QUEUED, WAITS

#: So many are told.
MOST = 100

RUNS = Run.state == literal_column("'running'")

_STUCK: list[Any] = [Run.id, Run.entry, Run.queue, Run.worker]


@dataclass(frozen=True, slots=True)
class Stuck:
    """A run, where it is, and since when."""

    run: uuid.UUID
    entry: str
    queue: str
    worker: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Unstarted:
    """What was sent to a queue and never taken."""

    queue: str
    count: int
    #: Of the oldest.
    since: datetime


def overlong(
    session: Session, now: datetime, timeouts: Mapping[str, timedelta], else_: timedelta
) -> list[Stuck]:
    """Runs under way for longer than their entry may take, by `timeouts`, else by `else_`."""
    # All of them: asked for old ones, a planner goes through every old run there is.
    question = select(*_STUCK, Run.started_at).where(RUNS)
    found = sorted(map(_stuck, session.execute(question)), key=lambda run: run.since)
    return [run for run in found if run.since < now - timeouts.get(run.entry, else_)][:MOST]


def forgotten(session: Session, before: datetime) -> list[Stuck]:
    """Runs that wait, and might have gone on before then."""
    question = (
        select(*_STUCK, Run.not_before)
        .where(WAITS, Run.not_before < before, ~QUEUED)
        .order_by(Run.not_before)
        .limit(MOST)
    )
    return [_stuck(row) for row in session.execute(question)]


def unstarted(session: Session, before: datetime) -> list[Unstarted]:
    """What was sent before then to workers of ours and never started, by queue."""
    due_times = (
        select(Occurrence.queue, func.count(), func.min(Occurrence.awaited_since))
        .where(Occurrence.awaited_since.is_not(None), Occurrence.awaited_since < before, HAS_NO_ROW)
        .group_by(Occurrence.queue)
    )
    rows = (
        select(Run.queue, func.count(), func.min(Run.not_before))
        .where(WAITS, QUEUED, Run.not_before < before)
        .group_by(Run.queue)
    )
    found: dict[str, Unstarted] = {}
    every: Iterator[Any] = chain(session.execute(due_times), session.execute(rows))
    for queue, count, oldest in every:
        known = found.get(queue, Unstarted(queue, 0, oldest))
        found[queue] = Unstarted(queue, known.count + count, min(known.since, oldest))
    return sorted(found.values(), key=lambda each: each.since)


def _stuck(row: Any) -> Stuck:
    run, entry, queue, worker, since = row
    return Stuck(run, entry, queue, worker, since)
