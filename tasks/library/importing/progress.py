"""The progress bar of an import: bytes read of bytes there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .folder import LAYOUTS


@contextmanager
def bar(folder: Path) -> Iterator[tuple[Console, Callable[[int], None]]]:
    """A console to write above the bar, and a function that moves it on."""
    paths = [folder / layout.name for layout in LAYOUTS]
    total = sum(path.stat().st_size for path in paths if path.exists())
    columns = (TextColumn("importing"), BarColumn(), "{task.percentage:>3.0f}%")
    console = Console(stderr=True)
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("importing", total=total)
        yield console, lambda size: progress.update(task, advance=size)
