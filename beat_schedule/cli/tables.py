"""Tables without lines, as wide as the terminal; elsewhere wide enough not to be folded."""

import sys

from rich.console import Console
from rich.table import Table

#: Columns of output that nobody looks at in a terminal.
WIDE = 200


def console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def table(*headings: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made
