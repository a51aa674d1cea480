"""The table of what operators say of entries: overrides of what the code declares, and new ones.

Every change takes the next version and keeps the row in which it stands until it commits: versions
are seen in their order, and whoever asks for what came after one misses nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.plain import plain_text

from .models import Revision
from .occurrences import chunks
from .operators import OperatorsEntry
from .upsert import insert_into

#: Names the newest version among the revisions, and how many entries were made at run time.
VERSION = "entries"
MADE = "entries made"


#: Rows that are read at once.
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A definition, and who gave it why."""

    definition: Definition
    by: str
    why: str


def take_turn(session: Session, at: datetime, count: int = 1) -> int:
    """The first of so many versions for a change that begins now; no other begins till it commits.

    They rise by a clock too: a database that was put back must not give a version once more.
    """
    least = to_millis(at)
    first = insert_into(session, Revision).values(name=VERSION, number=least + count - 1)
    risen = case((Revision.number >= least, Revision.number + count), else_=least + count - 1)
    taken = first.on_conflict_do_update(index_elements=[Revision.name], set_={"number": risen})
    return session.execute(taken.returning(Revision.number)).scalar_one() - count + 1


def define(session: Session, said: Sequence[Definition], *, by: str, why: str) -> None:
    """Write them down, each in place of what was said of its key before."""
    if not said:
        return
    insert = insert_into(session, OperatorsEntry)
    columns = {column.name: column for column in insert.excluded if column.name != "key"}
    stands = insert.on_conflict_do_update(index_elements=[OperatorsEntry.key], set_=columns)
    session.execute(stands, [_row(each, plain_text(by), plain_text(why)) for each in said])


def count_made(session: Session, more: int) -> int:
    """How many entries made at run time there are with so many `more`, or less."""
    first = insert_into(session, Revision).values(name=MADE, number=max(more, 0))
    counted = {"number": Revision.number + more}
    kept = first.on_conflict_do_update(index_elements=[Revision.name], set_=counted)
    return session.execute(kept.returning(Revision.number)).scalar_one()


def definition_of(session: Session, key: str) -> Kept | None:
    """What is said of that key; None where nothing is, or no longer."""
    return definitions_of(session, [key]).get(key)


def definitions_of(session: Session, keys: Iterable[str]) -> dict[str, Kept]:
    """By key, what is said of these."""
    found: dict[str, Kept] = {}
    for chunk in chunks(keys):
        rows = _standing().where(OperatorsEntry.key.in_(chunk))
        found |= {row.key: _kept(row) for row in session.scalars(rows)}
    return found


def definitions(
    session: Session, kind: EntryKind | None = None, *, after: str = "", most: int | None = None
) -> list[Kept]:
    """Everything that is said, by key; so many of those that come after that key."""
    rows = _standing().where(OperatorsEntry.key > after).order_by(OperatorsEntry.key).limit(most)
    if kind:
        rows = rows.where(OperatorsEntry.kind == kind)
    return [_kept(row) for row in session.scalars(rows)]


def definitions_saying(session: Session, names: frozenset[str]) -> Iterator[Definition]:
    """Those that say one of these options, one after the other: there may be very many others."""
    rows = _standing().execution_options(yield_per=AT_ONCE)
    for row in session.scalars(rows):
        if not names.isdisjoint(row.said or ()):
            yield _kept(row).definition


def definitions_since(session: Session, version: int, most: int) -> Sequence[Definition]:
    """What was said later than that version, in its order: also what was taken back."""
    rows = (
        select(OperatorsEntry)
        .where(OperatorsEntry.version > version)
        .order_by(OperatorsEntry.version)
        .limit(most)
    )
    return [_kept(row).definition for row in session.scalars(rows)]


def _row(said: Definition, by: str, why: str) -> dict[str, Any]:
    return {
        "key": said.key,
        "kind": said.kind,
        "said": None if said.options is None else dict(said.options),
        "version": said.version,
        "changed_by": by,
        "changed_at": said.at,
        "why": why,
    }


def _standing() -> Select[Any]:
    return select(OperatorsEntry).where(OperatorsEntry.said.is_not(None))


def _kept(row: OperatorsEntry) -> Kept:
    options: Mapping[str, Any] | None = row.said
    definition = Definition(
        key=row.key,
        kind=row.kind,
        options=options,
        version=row.version,
        at=row.changed_at,
    )
    return Kept(definition=definition, by=row.changed_by, why=row.why)
