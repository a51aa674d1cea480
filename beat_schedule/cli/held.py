"""How it is told what is held."""

from collections.abc import Sequence

from rich.text import Text

from beat_schedule.decisions import SAID, Hold

from . import tables, words


def tell_holds(holds: Sequence[Hold]) -> None:
    """A table of what holds single entries; nothing where none is."""
    if not holds:
        return
    table = tables.table("held", "how", "by", "since", "until", "why")
    for hold in holds:
        table.add_row(
            Text(words.target(hold.target), style="bold"),
            SAID[hold.kind],
            Text(hold.by),
            words.instant(hold.since),
            words.instant(hold.until) or "resumed",
            Text(hold.why),
        )
    tables.console().print(table)
