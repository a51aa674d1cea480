"""Searching what runs said."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from beat_schedule.plain import plain_text

from .models import Run, RunLine
from .record import is_of
from .runs import Line

#: Runs whose lines are searched, the newest ones: no index knows the words of lines.
RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """A line, and the run that said it."""

    run: uuid.UUID
    entry: str
    line: Line


def lines_with(
    session: Session,
    words: str,
    *,
    entry: str | None = None,
    since: datetime | None = None,
    limit: int = 20,
) -> list[Said]:
    """The last lines with these words in it, upper or lower case, the oldest first.

    Looked for in the 1,000 runs that started last; `entry` is a key or a task's path.
    """
    newest = select(Run.id, Run.entry, Run.started_at)
    if entry:
        newest = newest.where(is_of(entry))
    if since:
        newest = newest.where(Run.started_at >= since)
    runs = newest.order_by(Run.started_at.desc(), Run.id).limit(RUNS).subquery()
    question = (
        select(runs.c.id, runs.c.entry, RunLine)
        .join(RunLine, RunLine.run_id == runs.c.id)
        .where(RunLine.text.icontains(plain_text(words), autoescape=True))
        .order_by(runs.c.started_at.desc(), runs.c.id, RunLine.number.desc())
        .limit(limit)
    )
    found = [
        Said(run, of, Line(row.at, row.level, row.text))
        for run, of, row in session.execute(question)
    ]
    return found[::-1]


def has_words(line: Line, words: str) -> bool:
    """Whether these words are in the line, in upper or lower case."""
    return plain_text(words).casefold() in line.text.casefold()
