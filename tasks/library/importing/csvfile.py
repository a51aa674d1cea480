"""Reading one CSV file line by line: what is wrong with a line is a value, and reading goes on."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from beat_schedule.errors import suggestion

#: Lines that a quoted field with line breaks in it may go on for.
LONGEST_ROW = 6


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is not imported, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A line's fields by column name, stripped."""

    line: int
    fields: dict[str, str]


class CsvFile:
    """One file of an import; `read_bytes` says how far reading has come."""

    def __init__(self, path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        self._path = path
        self._required = required
        self._optional = optional
        self.columns: list[str] = []
        self.read_bytes = 0

    def rows(self) -> Iterator[GoodRow | BadRow]:
        """Every line after the first; a file that cannot be used is a bad line 1."""
        try:
            with self._path.open("rb") as file:
                yield from self._rows(file)
        except OSError as error:
            yield self._bad(1, f"cannot be read: {error.strerror}")

    def _rows(self, file: IO[bytes]) -> Iterator[GoodRow | BadRow]:
        lines = self._lines(file)
        header = next(lines, "")
        if complaint := self._read_header(header):
            yield self._bad(1, complaint)
            return
        number, waiting = 2, list[str]()
        while waiting := waiting or list(islice(lines, 1)):
            record, size = _record(waiting, lines)
            del waiting[:size]
            if record is None:
                yield self._bad(number, "a quote is opened and not closed, or not doubled inside")
            elif any(field.strip() for field in record):
                yield self._row(number, record)
            number += size

    def _lines(self, file: IO[bytes]) -> Iterator[str]:
        for raw in file:
            self.read_bytes += len(raw)
            yield raw.decode("utf-8", "surrogateescape")

    def _read_header(self, text: str) -> str:
        """Take the columns from the first line; what is wrong with it."""
        expected = ",".join(self._required)
        names = next(csv.reader([text.removeprefix("\ufeff")]), [])
        self.columns = [name.strip().lower() for name in names]
        if not any(self.columns):
            return f"is empty; the first line must be {expected}"
        missing = [name for name in self._required if name not in self.columns]
        if missing:
            strange = [suggestion(name, missing) for name in self.columns if name]
            hints = [hint for hint in strange if hint and hint.split("'")[1] not in self.columns]
            said = f"lacks the column {' and '.join(missing)}; the first line must be {expected}"
            return "; ".join([said, *hints[:1]])
        twice = {name for name in self.columns if self.columns.count(name) > 1}
        return f"names the column {' and '.join(sorted(twice))} twice" if twice else ""

    def _row(self, number: int, record: list[str]) -> GoodRow | BadRow:
        if len(record) != len(self.columns):
            return self._bad(number, f"has {len(record)} columns instead of {len(self.columns)}")
        known = {*self._required, *self._optional}
        fields = dict(zip(self.columns, (field.strip() for field in record), strict=True))
        if any("\udc80" <= letter <= "\udcff" for field in fields.values() for letter in field):
            return self._bad(number, "is not UTF-8")
        if any("\x00" in field for field in fields.values()):
            return self._bad(number, "holds a NUL byte")
        return GoodRow(number, {name: fields[name] for name in fields if name in known})

    def _bad(self, line: int, reason: str) -> BadRow:
        return BadRow(self._path.name, line, reason)


def _record(waiting: list[str], lines: Iterator[str]) -> tuple[list[str] | None, int]:
    """The first record of the lines at hand and how many it takes; None when it never closes.

    A quote that is not closed costs its own line and not the rest of the file.
    """
    for size in range(1, LONGEST_ROW + 1):
        if len(waiting) < size:
            waiting += islice(lines, size - len(waiting))
        try:
            return next(csv.reader(["".join(waiting[:size])], strict=True), []), size
        except csv.Error as error:
            if "unexpected end" not in str(error) or len(waiting) < size:
                break
    return None, 1
