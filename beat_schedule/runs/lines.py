"""What a run logs and prints, kept in bounds.

Both are caught by a context variable, so that runs beside one another in threads keep their own.
"""

import io
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from beat_schedule.clock import Clock
from beat_schedule.policies import Log
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Line

#: The first and the last lines are kept of a run that says more than both.
FIRST = 500
LAST = 499

#: Characters of a line that are kept.
LONGEST_LINE = 2_000

_current: ContextVar["Lines | None"] = ContextVar("hookbeat_lines", default=None)


def are_kept(log: Log, outcome: Outcome | None) -> bool:
    """Whether the record keeps what an attempt said that ended so; None of a run that goes on."""
    return log is Log.ALL or outcome is not Outcome.SUCCEEDED


class Lines:
    """The lines of one run; a line too long or too many says that it was cut."""

    def __init__(self, clock: Clock, hide: Callable[[str], str] = str) -> None:
        self._clock = clock
        self._hide = hide
        self._first: list[Line] = []
        #: With their numbers, from 0.
        self._last: deque[tuple[int, Line]] = deque(maxlen=LAST)
        self._said = 0
        self._begun = {"stdout": _Begun(), "stderr": _Begun()}

    def add(self, level: str, text: str, at: datetime | None = None, cut: int = 0) -> None:
        """Add a line; `cut` is how many of its characters are missing already."""
        line = Line(at or self._clock.now(), level, _cut(self._hide(text), cut))
        if len(self._first) < FIRST:
            self._first.append(line)
        else:
            self._last.append((self._said, line))
        self._said += 1

    def print(self, stream: str, text: str) -> None:
        """Add every line that is complete; what is left waits for its end."""
        begun = self._begun[stream]
        *whole, rest = text.split("\n")
        for line in whole:
            begun.add(line)
            self.add(stream, begun.text, cut=begun.cut)
            self._begun[stream] = begun = _Begun()
        begun.add(rest)

    def after(self, number: int) -> tuple[list[Line], int]:
        """What was said after so many lines, as far as it is kept; and how many that makes in all.

        May be asked in another thread.
        """
        # In this order: while none are among the last, all are among the first.
        last, first = self._last.copy(), self._first[number:]
        end = last[-1][0] + 1 if last else number + len(first)
        return [*first, *(line for at, line in last if at >= number)], end

    def kept(self) -> list[Line]:
        """Every line, begun ones too, or the first and the last with a note between."""
        for stream, begun in self._begun.items():
            if begun.parts:
                self.print(stream, "\n")
        last = [line for _, line in self._last]
        missing = self._said - len(self._first) - len(last)
        if not missing:
            return [*self._first, *last]
        note = Line(self._first[-1].at, "note", f"… {missing} lines were not kept …")
        return [*self._first, note, *last]


class _Begun:
    """A line without its end so far, in bounds however long it gets."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.cut = 0
        self._length = 0

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, text: str) -> None:
        # Twice of what is kept: a password must be whole to be found in it.
        kept = text[: 2 * LONGEST_LINE - self._length]
        if kept:
            self.parts.append(kept)
        self._length += len(kept)
        self.cut += len(text) - len(kept)


@contextmanager
def kept_in(lines: Lines) -> Iterator[None]:
    """Keep what is logged and printed meanwhile in this context, and let it through."""
    token = _current.set(lines)
    handler = _Handler(lines)
    logging.getLogger().addHandler(handler)
    try:
        with _TEES:
            yield
    finally:
        logging.getLogger().removeHandler(handler)
        _current.reset(token)


class _Handler(logging.Handler):
    """Keeps the records of its own run."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if _current.get() is self._lines:
            at = datetime.fromtimestamp(record.created, UTC)
            self._lines.add(record.levelname.lower(), self._text(record), at)

    def _text(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except Exception as error:  # noqa: BLE001 -- a bad call never fails what it tells of
            place = f"{record.pathname}:{record.lineno}"
            return f"a line that cannot be written ({type(error).__name__}), logged at {place}"


class _Tee(io.TextIOBase):
    """Lets what is printed through, and gives the run its copy."""

    def __init__(self, under: TextIO, stream: str) -> None:
        self.under = under
        self._stream = stream

    def write(self, text: str) -> int:
        if lines := _current.get():
            lines.print(self._stream, text)
        return self.under.write(text)

    def __getattr__(self, name: str) -> Any:
        """What else a stream can do, such as `buffer`."""
        return getattr(self.under, name)

    def flush(self) -> None:
        self.under.flush()

    def isatty(self) -> bool:
        return self.under.isatty()

    def fileno(self) -> int:
        return self.under.fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.under.encoding


class _Tees:
    """Stands before stdout and stderr while any run of this process is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._under: dict[str, TextIO] = {}

    def __enter__(self) -> None:
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                for stream in ("stdout", "stderr"):
                    self._under[stream] = getattr(sys, stream)
                    setattr(sys, stream, _Tee(self._under[stream], stream))

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                for stream, under in self._under.items():
                    setattr(sys, stream, under)


_TEES = _Tees()


def _cut(text: str, missing: int) -> str:
    missing += max(len(text) - LONGEST_LINE, 0)
    if not missing:
        return text
    return f"{text[:LONGEST_LINE]} … {missing} more characters were not kept"
