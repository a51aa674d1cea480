"""Entries that operators made to be due once: when that is over nobody needs them any more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from beat_schedule.decisions import Definition, EntryKind

from .audit import note
from .definitions import count_made, define, definitions_of, take_turn
from .models import Occurrence, Run, RunState
from .occurrences import chunks

#: Who takes them away, and by what way.
WHO = "hookbeat"
BY = "clean"

_WHY = "it was due once, and that is over"


@dataclass(frozen=True, slots=True)
class Once:
    """When such an entry is due, by its definition of that version."""

    due_at: datetime
    version: int


def spent(session: Session, once: Mapping[str, Once]) -> Iterator[list[str]]:
    """In portions, which of these are decided, and have no run that may still start or go on."""
    for chunk in chunks(once):
        newest = (
            select(Occurrence.entry, func.max(Occurrence.last_due))
            .where(Occurrence.entry.in_(chunk))
            .group_by(Occurrence.entry)
        )
        decided = {
            entry
            for entry, last_due in session.execute(newest)
            # Due times are kept in whole milliseconds.
            if last_due > once[entry].due_at - timedelta(milliseconds=1)
        }
        awaited = select(Occurrence.entry).where(
            Occurrence.entry.in_(chunk), Occurrence.awaited_since.is_not(None)
        )
        open_runs = select(Run.entry).where(Run.entry.in_(chunk), Run.state != RunState.ENDED)
        yield sorted(decided - {*session.scalars(awaited)} - {*session.scalars(open_runs)})


def take_away(session: Session, once: Mapping[str, Once], now: datetime) -> int:
    """Take back what was said of these, unless it was said anew; how many."""
    if not once:
        return 0
    first = take_turn(session, now, len(once))
    kept = definitions_of(session, once)
    gone = [
        kept[key].definition
        for key, known in once.items()
        if key in kept and kept[key].definition.version == known.version
    ]
    taken_back = [
        Definition(key=each.key, kind=EntryKind.ENTRY, options=None, version=version, at=now)
        for version, each in enumerate(gone, start=first)
    ]
    define(session, taken_back, by=WHO, why=_WHY)
    for each in gone:
        note(
            session,
            at=now,
            who=WHO,
            by=BY,
            action="entry.remove",
            target=each.key,
            why=_WHY,
            before=each.options,
        )
    count_made(session, -len(gone))
    return len(gone)
