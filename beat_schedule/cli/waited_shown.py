"""How runs that are waited for are shown: moving on a terminal, in lines elsewhere."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from beat_schedule.clock import Clock
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord

from .waited import Awaited, Shown

#: Seconds between two lines that only tell how far a run is.
EVERY = 10.0

_NUMBER = re.compile(r"\d+")


class Silent:
    """For machines: they get one answer at the end."""

    def stands(self, run: Awaited, how: str, record: RunRecord | None) -> None: ...

    def says(self, run: Awaited, what: Text) -> None: ...

    def notes(self, what: str) -> None: ...


class InLines:
    """A line for each thing that is new."""

    def __init__(self, console: Console, clock: Clock, *, is_one: bool) -> None:
        self._console = console
        self._clock = clock
        self._is_one = is_one
        self._stood: dict[Awaited, str] = {}
        self._told_at: dict[Awaited, float] = {}
        self._noted = ""

    def stands(self, run: Awaited, how: str, record: RunRecord | None) -> None:
        """At once when it stands otherwise; now and then where only numbers are others."""
        stood, now = self._stood.get(run, ""), self._clock.monotonic()
        is_other = _NUMBER.sub("", stood) != _NUMBER.sub("", how)
        if stood == how or not (is_other or now >= self._told_at[run] + EVERY):
            return
        self._stood[run], self._told_at[run] = how, now
        # How a single one ended is told with all about it.
        if not (self._is_one and record and record.state is RunState.ENDED):
            self.says(run, Text(how, style="dim"))

    def says(self, run: Awaited, what: Text) -> None:
        self._console.print(what if self._is_one else Text.assemble(f"{run.entry}: ", what))

    def notes(self, what: str) -> None:
        if what and what != self._noted:
            self._console.print(Text(what, style="yellow"))
        self._noted = what


class OnTerminal:
    """A row for each run that is under way, moving; what is said stands above."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._is_one = total == 1
        self._rows: dict[Awaited, TaskID] = {}
        self._ended: set[Awaited] = set()
        self._noted = ""
        self._all = progress.add_task("", entry="all", how="", total=total, visible=total > 1)

    def stands(self, run: Awaited, how: str, record: RunRecord | None) -> None:
        is_over = record is not None and record.state is RunState.ENDED
        if run not in self._rows:
            self._rows[run] = self._progress.add_task("", entry=run.entry, how="", visible=False)
        made = (record.progress_done, record.progress_total) if record else (None, None)
        self._progress.update(
            self._rows[run],
            how=how,
            # A bar without an end moves to and fro.
            total=made[1],
            completed=made[0] or 0,
            visible=not is_over and (self._is_one or record is not None),
        )
        if is_over and run not in self._ended:
            self._ended.add(run)
            ended = f"{len(self._ended)} ended"
            self._progress.update(self._all, completed=len(self._ended), how=ended)
            if not self._is_one:
                self.says(run, Text(how))

    def says(self, run: Awaited, what: Text) -> None:
        place = "" if self._is_one else f"{run.entry}: "
        self._progress.console.print(Text.assemble((place, "bold"), what))

    def notes(self, what: str) -> None:
        if what and what != self._noted:
            self._progress.console.print(Text(what, style="yellow"))
        self._noted = what


@contextmanager
def shown(console: Console, clock: Clock, total: int, *, as_json: bool) -> Iterator[Shown]:
    """As this console can show it."""
    if as_json:
        yield Silent()
    elif console.is_terminal:
        columns = (
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.fields[entry]}", style="bold", markup=False),
            TextColumn("{task.fields[how]}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            yield OnTerminal(progress, total)
    else:
        yield InLines(console, clock, is_one=total == 1)
