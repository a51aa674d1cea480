"""From a file into a table: rows wait in a temporary table and are compared there, in SQL.

So memory stays flat, nothing is locked while a file is read, and a row that is already there as
it should be is not written at all.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.schema import DropTable

#: Lines taken over in one transaction.
CHUNK = 20_000


class Stage:
    """The waiting rows of one file, beside the table for which they wait."""

    def __init__(self, connection: Connection, target: Table, columns: Sequence[str]) -> None:
        self._connection = connection
        self._target = target
        self._columns = [name for name in columns if name != "id"]
        self.rows = Table(
            f"stage_{target.name}",
            MetaData(),
            Column("line", Integer, primary_key=True, autoincrement=False),
            *(Column(name, target.c[name].type) for name in columns),
            prefixes=["TEMPORARY"],
        )
        Index(f"ix_{self.rows.name}_id", self.rows.c.id)
        if "at" in columns:
            Index(f"ix_{self.rows.name}_at", self.rows.c.article_id, self.rows.c.at)
        with self._transaction("DEFERRED"):
            # A pooled connection may have kept that of an import that was broken off.
            connection.execute(DropTable(self.rows, if_exists=True))
            self.rows.create(connection)

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        with self._transaction("DEFERRED"):
            self._connection.execute(insert(self.rows), rows)

    def take_out(self, condition: ColumnElement[bool], *names: str) -> list[tuple[Any, ...]]:
        """Remove rows that cannot be taken over; their lines and the named columns."""
        columns = [self.rows.c[name] for name in names]
        with self._transaction("DEFERRED"):
            found = self._connection.execute(
                select(self.rows.c.line, *columns).where(condition).order_by(self.rows.c.line)
            ).all()
            if found:
                self._connection.execute(delete(self.rows).where(condition))
        return [tuple(row) for row in found]

    def is_repeated(self) -> ColumnElement[bool]:
        """Whether an earlier line has the same id."""
        first = func.min(self.rows.c.line).label("line")
        repeated = select(self.rows.c.id, first).group_by(self.rows.c.id).having(func.count() > 1)
        one = repeated.subquery()
        return exists().where(one.c.id == self.rows.c.id, one.c.line < self.rows.c.line)

    def is_missing(self, name: str, table: Table) -> ColumnElement[bool]:
        """Whether the id in that column is nobody's."""
        return ~exists().where(table.c.id == self.rows.c[name])

    def take_over(self, stamp: datetime | None = None) -> tuple[int, int]:
        """Write what is new and what has changed, chunk by chunk; how many of each."""
        new = changed = first = 0
        with self._transaction("DEFERRED"):
            last = self._connection.scalar(select(func.max(self.rows.c.line))) or 0
        while first < last:
            span = and_(self.rows.c.line > first, self.rows.c.line <= first + CHUNK)
            with self._transaction("IMMEDIATE"):
                self._lock()
                changed += self._update(span, stamp)
                new += self._insert(span, first, stamp)
            first += CHUNK
        return new, changed

    def _update(self, span: ColumnElement[bool], stamp: datetime | None) -> int:
        differs = or_(
            *(self._target.c[name].is_distinct_from(self.rows.c[name]) for name in self._columns)
        )
        values: dict[str, Any] = {name: self.rows.c[name] for name in self._columns}
        if stamp is not None:
            values["recorded_at"] = stamp
        return self._connection.execute(
            update(self._target)
            .where(self._target.c.id == self.rows.c.id, span, differs)
            .values(values),
            execution_options={"preserve_rowcount": True},
        ).rowcount

    def _insert(self, span: ColumnElement[bool], first: int, stamp: datetime | None) -> int:
        columns: dict[str, ColumnElement[Any]] = {
            name: self.rows.c[name] for name in ("id", *self._columns)
        }
        if stamp is not None:
            highest = select(func.coalesce(func.max(self._target.c.sequence), 0)).scalar_subquery()
            columns |= {
                "sequence": highest + self.rows.c.line - first,
                "recorded_at": literal(stamp, self._target.c.recorded_at.type),
            }
        fresh = select(*columns.values()).where(
            span, ~exists().where(self._target.c.id == self.rows.c.id)
        )
        return self._connection.execute(
            insert(self._target).from_select(list(columns), fresh, include_defaults=False),
            execution_options={"preserve_rowcount": True},
        ).rowcount

    def _lock(self) -> None:
        """Two imports at once take turns; on SQLite they do so anyway."""
        if self._connection.dialect.name == "postgresql":
            name = self._connection.dialect.identifier_preparer.format_table(self._target)
            self._connection.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[None]:
        """On SQLite, temporary tables need no turn among the writers."""
        self._connection.execution_options(begin=mode)
        with self._connection.begin():
            yield
