"""How it is told what is held."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich.text import Text

from beat_schedule.decisions import SAID, Hold

from . import tables, words

_NONE: Mapping[str, str] = MappingProxyType({})


def tell_holds(holds: Sequence[Hold], former: Mapping[str, str] = _NONE) -> None:
    """A table of what holds single entries; nothing where none is.

    `former` has, by the keys that entries had before, the key of each now.
    """
    if not holds:
        return
    table = tables.table("held", "how", "by", "since", "until", "why")
    for hold in holds:
        target = Text(words.target(hold.target), style="bold")
        if now := former.get(hold.target):
            target.append(f"\nthe entry is {now} now", style="not bold dim")
        table.add_row(
            target,
            SAID[hold.kind],
            Text(hold.by),
            words.instant(hold.since),
            words.instant(hold.until) or "resumed",
            Text(hold.why),
        )
    tables.console().print(table)
