"""Due times in the record: each decided once, and `sent` wins over whatever else was said.

A Redis that went back to an earlier state decides again what the record has already, perhaps in
other spans. What stands then stays; of a span only what lies beyond it is added.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Executable, Table, bindparam, select, tuple_, update
from sqlalchemy.orm import Session

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Decided, Decision
from beat_schedule.plain import plain_text

from .models import Occurrence
from .upsert import Insert, dialect_of, insert_in, insert_into

T = TypeVar("T")

#: The term of what the gate wrote: the leader's own line has not been read yet.
BY_THE_GATE = 0

#: Keys in one question: both databases take so many values.
CHUNK = 1000

OCCURRENCES: Table = Occurrence.metadata.tables[Occurrence.__tablename__]
_COLUMNS = [OCCURRENCES.c[field.name] for field in fields(Decided)]
Key: TypeAlias = tuple[str, datetime]


def keep_decided(session: Session, decided: Sequence[Decided]) -> bool:
    """Write decisions down; False when some due time had one already."""
    lines = [storable(line) for line in decided]
    if not lines:
        return True
    rows = [_values(line) | {"awaited_since": _awaited_since(line)} for line in lines]
    insert = insert_into(session, OCCURRENCES).on_conflict_do_nothing()
    done = session.execute(insert, rows, execution_options={"preserve_rowcount": True})
    if done.rowcount == len(rows):  # type: ignore[attr-defined] # of a Result that wrote
        return True
    _settle(session, lines)
    return False


def keep_started(session: Session, started: Decided) -> None:
    """Note that the run of a due time has its row: so it was sent, and is awaited no more."""
    note = _note_of_start(dialect_of(session))
    # Else something else was said of it: what has started was sent all the same.
    if session.scalar(note, values_of_start(started)) is None:
        _settle(session, [_line_of_start(started)])


def values_of_start(started: Decided) -> dict[str, Any]:
    return _values(_line_of_start(started)) | {"awaited_since": None}


def noting_start(insert: Insert) -> Executable:
    """The insert, or else the note that what is on record as sent has started."""
    return insert.on_conflict_do_update(
        index_elements=[OCCURRENCES.c.entry, OCCURRENCES.c.first_due],
        set_={"awaited_since": None},
        where=OCCURRENCES.c.decision == Decision.SENT,
    ).returning(OCCURRENCES.c.count)


def _line_of_start(started: Decided) -> Decided:
    # The journal knows no less than milliseconds.
    first_due = from_millis(to_millis(started.first_due))
    return storable(replace(started, first_due=first_due, last_due=first_due))


@cache
def _note_of_start(dialect: str) -> Executable:
    return noting_start(insert_in(dialect, OCCURRENCES))


def decisions_of(session: Session, entry: str | None = None, limit: int = 20) -> list[Decided]:
    """What was decided, of one entry or of all, the newest due times first."""
    question = select(*_COLUMNS).order_by(OCCURRENCES.c.last_due.desc(), OCCURRENCES.c.entry)
    if entry:
        # Along the primary key: an entry of every second has very many.
        newest = OCCURRENCES.c.first_due.desc()
        question = select(*_COLUMNS).where(OCCURRENCES.c.entry == entry).order_by(newest)
    return [Decided(**row) for row in session.execute(question.limit(limit)).mappings()]


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists that fit one question."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _settle(session: Session, lines: Sequence[Decided]) -> None:
    """Hold each line against what stands for its first due time, itself perhaps."""
    standing = locked(session, {key_of(line) for line in lines})
    changed: dict[Key, Mapping[str, Any]] = {}
    beyond = []
    for line in lines:
        stands = standing[key_of(line)]
        if line == stands:
            continue
        winner, loser = _ranked(stands, line)
        if winner is not stands:
            standing[key_of(line)] = winner
            awaited = None if stands.decision is Decision.SENT else _awaited_since(winner)
            changed[key_of(line)] = _values(winner) | {"awaited_since": awaited}
        if loser.last_due > winner.last_due:
            beyond.append(_beyond(loser, winner))
    rewrite(session, changed)
    keep_decided(session, beyond)


def _ranked(stands: Decided, line: Decided) -> tuple[Decided, Decided]:
    """Which of two decisions of one due time stays, and which goes."""
    if line.decision is not Decision.SENT:
        return stands, line
    if stands.decision is not Decision.SENT:
        before = ", ".join(filter(None, (stands.decision, stands.reason)))
        return replace(line, reason=f"{line.reason or 'sent'}; before: {before}"), stands
    if stands.term == BY_THE_GATE < line.term:
        return replace(line, reason=stands.reason or line.reason), stands
    return stands, line


def _beyond(loser: Decided, winner: Decided) -> Decided:
    """The due times of a span that come after those decided otherwise."""
    left = loser.count - winner.count
    after = winner.last_due + timedelta(milliseconds=1)
    # Two spans may be of two schedules, and of what was owed when a schedule changed nobody knows
    # how many they are: it says 1. So that there is one left is certain behind a single one only.
    is_certain = winner.first_due == winner.last_due
    first_due = loser.last_due if left == 1 and is_certain else after
    return replace(loser, first_due=first_due, count=max(left, 1))


def locked(session: Session, keys: Collection[Key]) -> dict[Key, Decided]:
    """The rows of these keys, locked against the gate."""
    found: dict[Key, Decided] = {}
    for chunk in chunks(sorted(keys)):
        mine = tuple_(OCCURRENCES.c.entry, OCCURRENCES.c.first_due).in_(chunk)
        rows = session.execute(select(*_COLUMNS).where(mine).with_for_update())
        for line in (Decided(**row) for row in rows.mappings()):
            found[key_of(line)] = line
    return found


def rewrite(session: Session, changed: Mapping[Key, Mapping[str, Any]]) -> None:
    """Give the rows of these keys other values."""
    if not changed:
        return
    change = update(OCCURRENCES).where(
        OCCURRENCES.c.entry == bindparam("its_entry"),
        OCCURRENCES.c.first_due == bindparam("its_first_due"),
    )
    session.execute(
        change,
        [
            {"its_entry": entry, "its_first_due": first_due, **values}
            for (entry, first_due), values in changed.items()
        ],
    )


def key_of(line: Decided) -> Key:
    return line.entry, line.first_due


def _values(line: Decided) -> dict[str, Any]:
    return {column.name: getattr(line, column.name) for column in _COLUMNS}


def storable(line: Decided) -> Decided:
    """The same with what a database cannot store made visible."""
    texts = {name: plain_text(getattr(line, name)) for name in ("entry", "reason", "queue")}
    return replace(line, **texts)


def _awaited_since(line: Decided) -> datetime | None:
    """Of the gate's own line the run has a row."""
    awaited = line.decision is Decision.SENT and line.run and line.term != BY_THE_GATE
    return line.decided_at if awaited else None
