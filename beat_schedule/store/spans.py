"""Like decisions that follow each other, as one row: the newest row of an entry grows.

An entry of every second whose run takes an hour is skipped 3,599 times for the same reason. A row
grows only by what is due after it, in the term that began it. Of what has been told before (a
drain was repeated, Redis went back) nothing is added that stands within a span already.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from beat_schedule.decisions import Decided, Decision

from .models import Occurrence
from .occurrences import chunks, keep_decided, key_of, locked, rewrite, storable

#: Rows that are looked at for what was told before; where there are more, nothing grows.
MOST = 20_000

#: By entry its newest row, as far as that is known.
Newest: TypeAlias = Mapping[str, Decided | None]

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)

_ASKED: list[Any] = [Occurrence.entry, Occurrence.first_due, Occurrence.last_due]


class Spans:
    """Writes decisions down, and remembers the newest row of each entry; of one journal."""

    def __init__(self) -> None:
        self._newest: dict[str, Decided] = {}

    def keep(self, session: Session, decided: Iterable[Decided]) -> Newest:
        """Write down what is new; what it returns is to be remembered when it is committed."""
        lines = [storable(line) for line in decided]
        unsure = [line for line in lines if self._may_have_been_told(line)]
        batch = _Batch(self._newest, _told(session, unsure))
        for line in lines:
            batch.add(line)
        return batch.write(session)

    def remember(self, newest: Newest) -> None:
        for entry, row in newest.items():
            if row:
                self._newest[entry] = row
            else:
                self._newest.pop(entry, None)

    def forget(self) -> None:
        """Nobody knows what was committed: what comes next is held against what stands."""
        self._newest.clear()

    def _may_have_been_told(self, line: Decided) -> bool:
        newest = self._newest.get(line.entry)
        is_new = newest is not None and line.first_due > newest.last_due
        return line.decision is not Decision.SENT and not is_new


@dataclass(slots=True)
class _Told:
    """What stands of one entry from some time on."""

    #: First due times of its rows, ascending.
    first: list[datetime] = field(default_factory=list)
    #: First and last due time of those that have more than one.
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    #: The last due time of all.
    upto: datetime = EARLIEST
    #: Whether there are too many to look at.
    is_cut: bool = False

    def add(self, first_due: datetime, last_due: datetime) -> None:
        self.first.append(first_due)
        self.upto = max(self.upto, last_due)
        if last_due > first_due:
            self.spans.append((first_due, last_due))

    def has(self, line: Decided) -> bool:
        is_single = line.first_due == line.last_due
        if is_single and self._before(line.first_due) == line.first_due:
            return True
        return any(first <= line.first_due and line.last_due <= last for first, last in self.spans)

    def has_between(self, row: Decided, line: Decided) -> bool:
        """Whether another row begins after this one, and not after that line."""
        before = self._before(line.first_due)
        return self.is_cut or (before is not None and before > row.last_due)

    def _before(self, at: datetime) -> datetime | None:
        """Where the last row begins that begins no later."""
        place = bisect_right(self.first, at)
        return self.first[place - 1] if place else None


NOTHING = _Told()


@dataclass(slots=True)
class _Row:
    """A row to be written, and of one that stands what it grows by."""

    line: Decided
    stands: Decided | None = None
    by: list[Decided] = field(default_factory=list)

    def grow(self, line: Decided) -> None:
        self.by.append(line)
        self.line = replace(
            self.line,
            last_due=line.last_due,
            count=self.line.count + line.count,
            decided_at=line.decided_at,
        )

    @property
    def growth(self) -> dict[str, Any]:
        return {name: getattr(self.line, name) for name in ("last_due", "count", "decided_at")}


class _Batch:
    """The rows that some lines make."""

    def __init__(self, newest: Mapping[str, Decided], told: Mapping[str, _Told]) -> None:
        self._told = told
        self._newest = newest
        self._tails: dict[str, _Row] = {}
        self._new: list[_Row] = []
        self._grown: dict[str, list[_Row]] = {}

    def add(self, line: Decided) -> None:
        told = self._told.get(line.entry, NOTHING)
        if line.decision is not Decision.SENT and (told.has(line) or self._has(line)):
            return
        tail = self._tail(line.entry)
        if tail and _is_like(tail.line, line) and not told.has_between(tail.line, line):
            self._grow(tail, line)
            return
        row = _Row(line)
        self._new.append(row)
        if tail is None or line.first_due > tail.line.last_due:
            self._tails[line.entry] = row

    def write(self, session: Session) -> Newest:
        """The newest row of each entry that has a line; None where that is not known for sure."""
        grown = {
            key_of(row.stands): row for rows in self._grown.values() for row in rows if row.stands
        }
        standing = locked(session, grown.keys())
        changed = {key: row.growth for key, row in grown.items() if standing.get(key) == row.stands}
        # Somebody else wrote there meanwhile: what it was to grow by stands for itself.
        others = [row for key, row in grown.items() if key not in changed]
        lines = [row.line for row in self._new] + [line for row in others for line in row.by]
        has_conflicts = not keep_decided(session, lines)
        rewrite(session, changed)
        unknown = {row.line.entry for row in others}
        if has_conflicts:
            unknown |= {line.entry for line in lines}
        return {
            entry: row.line if entry not in unknown and self._is_newest(entry, row) else None
            for entry, row in self._tails.items()
        } | dict.fromkeys(unknown)

    def _is_newest(self, entry: str, row: _Row) -> bool:
        """Whether nothing of the entry stands that is due later."""
        told = self._told.get(entry)
        return entry in self._newest if told is None else told.upto <= row.line.last_due

    def _grow(self, row: _Row, line: Decided) -> None:
        if not row.by:
            self._grown.setdefault(line.entry, []).append(row)
        row.grow(line)
        self._tails[line.entry] = row

    def _has(self, line: Decided) -> bool:
        """Whether it stands within a row that has grown here."""
        rows = [row.line for row in self._grown.get(line.entry, ())]
        return any(
            row.first_due <= line.first_due and line.last_due <= row.last_due for row in rows
        )

    def _tail(self, entry: str) -> _Row | None:
        if entry in self._tails:
            return self._tails[entry]
        newest = self._newest.get(entry)
        return _Row(newest, stands=newest) if newest else None


def _is_like(row: Decided, line: Decided) -> bool:
    """Whether it may stand in the same row: due after it, and decided alike."""
    grown = replace(
        line,
        first_due=row.first_due,
        last_due=row.last_due,
        count=row.count,
        decided_at=row.decided_at,
    )
    is_alike = line.decision is not Decision.SENT and grown == row
    return is_alike and line.first_due > row.last_due


def _told(session: Session, unsure: Sequence[Decided]) -> dict[str, _Told]:
    """What stands of the entries of these lines, from the first of them on."""
    told = {line.entry: _Told() for line in unsure}
    if not told:
        return told
    oldest = min(line.first_due for line in unsure)
    found = 0
    for entries in chunks(told):
        question = select(*_ASKED).where(
            Occurrence.last_due >= oldest, Occurrence.entry.in_(entries)
        )
        for entry, first_due, last_due in session.execute(question.limit(MOST)):
            found += 1
            told[entry].add(first_due, last_due)
        if found >= MOST:
            return {entry: _Told(upto=LATEST, is_cut=True) for entry in told}
    for each in told.values():
        each.first.sort()
    return told
