"""A folder with members.csv, articles.csv and transactions.csv, taken over into the library.

Every good line is taken over and every bad one reported; the same files again change nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from beat_schedule.clock import Clock
from beat_schedule.store.engine import make_readers
from tasks.library.addresses import valid_address
from tasks.library.models import LibraryBase

from . import rows
from .csvfile import BadRow, CsvFile
from .disorder import disorder
from .stage import Stage
from .ties import settle_ties

#: Lines staged at a time.
BATCH = 1000

TABLES = LibraryBase.metadata.tables

Parse = Callable[[Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What one file holds and where it goes."""

    name: str
    table: str
    required: Sequence[str]
    optional: Sequence[str] = ()


LAYOUTS = (
    Layout(
        name="members.csv",
        table="library_member",
        required=("id", "name", "email", "language"),
        optional=("opted_out", "blocked"),
    ),
    Layout(name="articles.csv", table="library_article", required=("id", "title")),
    Layout(
        name="transactions.csv",
        table="library_transaction",
        required=("id", "article", "member", "type", "at"),
    ),
)


@dataclass(kw_only=True)
class Imported:
    """What became of one file's lines."""

    file: str
    good: int = 0
    new: int = 0
    changed: int = 0
    bad: int = 0


@dataclass(kw_only=True)
class Import:
    """One import; complaints go to `on_bad` and `on_doubt` as they are found."""

    engine: Engine
    folder: Path
    zone: ZoneInfo
    clock: Clock
    on_bad: Callable[[BadRow], None]
    #: Imported, but a person should look at it.
    on_doubt: Callable[[BadRow], None]
    on_progress: Callable[[int], None] = lambda _bytes: None
    done: list[Imported] = field(default_factory=list)

    def carry_out(self) -> list[Imported]:
        """All three files, in the order in which they refer to each other."""
        self._stamp = self.clock.now()
        for layout in LAYOUTS:
            with self.engine.connect() as connection:
                self.done.append(self._file(connection, layout))
        if self.done[-1].new or self.done[-1].changed:
            self._doubt_disorder()
            self._count_anew()
        return self.done

    def _file(self, connection: Connection, layout: Layout) -> Imported:
        counts = Imported(file=layout.name)
        file = CsvFile(self.folder / layout.name, layout.required, layout.optional)
        staged = self._staged(file, layout, counts)
        first = next(staged, [])
        if not first:
            return counts
        stage = Stage(connection, TABLES[layout.table], list(first[0])[1:])
        stage.add(first)
        for batch in staged:
            stage.add(batch)
        self._take_out(stage, layout, counts)
        is_dated = layout.table == "library_transaction"
        counts.new, counts.changed = stage.take_over(self._stamp if is_dated else None)
        if is_dated:
            with connection.begin():
                counts.changed += settle_ties(connection, stage.rows, self._stamp)
        return counts

    def _staged(
        self, file: CsvFile, layout: Layout, counts: Imported
    ) -> Iterator[list[dict[str, Any]]]:
        good = self._good(file, layout, counts)
        seen = 0
        while batch := list(islice(good, BATCH)):
            counts.good += len(batch)
            self.on_progress(file.read_bytes - seen)
            seen = file.read_bytes
            yield batch
        self.on_progress(file.read_bytes - seen)

    def _good(self, file: CsvFile, layout: Layout, counts: Imported) -> Iterator[dict[str, Any]]:
        parse = self._parse(layout)
        for row in file.rows():
            if isinstance(row, BadRow):
                self._complain(row, counts)
                continue
            try:
                values = {"line": row.line} | parse(row.fields)
            except ValueError as error:
                self._complain(BadRow(layout.name, row.line, str(error)), counts)
                continue
            self._doubt(layout.name, row.line, values)
            yield values

    def _parse(self, layout: Layout) -> Parse:
        parsers: dict[str, Parse] = {
            "library_member": rows.member,
            "library_article": rows.article,
            "library_transaction": lambda fields: rows.transaction(fields, self.zone),
        }
        return parsers[layout.table]

    def _take_out(self, stage: Stage, layout: Layout, counts: Imported) -> None:
        checks = [(stage.is_repeated(), "id", "the id {!r} stands in an earlier line")]
        if layout.table == "library_transaction":
            for name, word in (("article_id", "article"), ("member_id", "member")):
                missing = stage.is_missing(name, TABLES[f"library_{word}"])
                checks.append((missing, name, f"the {word} {{!r}} is unknown"))
        for condition, name, reason in checks:
            for line, value in stage.take_out(condition, name):
                counts.good -= 1
                self._complain(BadRow(layout.name, line, reason.format(value)), counts)

    def _complain(self, bad: BadRow, counts: Imported) -> None:
        counts.bad += 1
        self.on_bad(bad)

    def _doubt(self, file: str, line: int, values: Mapping[str, Any]) -> None:
        if values.get("email") and not valid_address(values["email"]):
            self.on_doubt(BadRow(file, line, "no mail can go to such an address"))
        at = values.get("at")
        if isinstance(at, datetime) and at > self._stamp + timedelta(days=1):
            self.on_doubt(BadRow(file, line, "lies in the future: it counts from that date on"))

    def _doubt_disorder(self) -> None:
        with make_readers(self.engine)() as session:
            for key, reason in disorder(session, self._stamp):
                self.on_doubt(BadRow("transactions.csv", 0, f"{key}: {reason}"))

    def _count_anew(self) -> None:
        """Let PostgreSQL plan for what is there now, not for the empty tables of before."""
        if self.engine.dialect.name == "postgresql":
            names = ", ".join(layout.table for layout in LAYOUTS)
            with self.engine.begin() as connection:
                connection.execute(text(f"ANALYZE {names}"))
