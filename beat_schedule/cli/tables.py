"""Tables without lines, as wide as the terminal; elsewhere wide enough not to be folded."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: Columns of output that nobody looks at in a terminal.
WIDE = 200


def console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def table(*headings: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def print_rows(rows: Iterable[tuple[str, str | Text]]) -> None:
    """A line for each that has a value: what it is of, and what is so."""
    made = table("", "")
    made.show_header = False
    for name, value in rows:
        if value:
            made.add_row(Text(name, style="dim"), value if isinstance(value, Text) else Text(value))
    console().print(made)
