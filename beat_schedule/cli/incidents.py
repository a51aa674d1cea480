"""`hookbeat incidents`: which entries fail, were missed or left out, and who was told."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from beat_schedule.incidents import Incident
from beat_schedule.settings import Settings
from beat_schedule.store.incidents import incidents_of
from beat_schedule.store.record import SHORT

from . import asking, tables, words
from .examples import examples
from .record import reader_of
from .words import iso


@examples("hookbeat incidents", "hookbeat incidents --all")
@click.command()
@click.option("--all", "over", is_flag=True, help="Also those that are over.")
@asking.limit
@asking.for_machines
@click.pass_obj
def incidents(settings: Settings, *, over: bool, limit: int, as_json: bool) -> None:
    """List the entries that fail, those without a success in time, and those left out.

    Exit 1 if there are any now.
    """
    with reader_of(settings) as session:
        found = incidents_of(session, over=over, limit=limit)
        is_open = bool(incidents_of(session, limit=1))
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in found], indent=2))
    elif found:
        tables.console().print(_table(found))
    else:
        click.echo("nothing ever was wrong" if over else "nothing is wrong")
    sys.exit(1 if is_open else 0)


def _table(found: Iterable[Incident]) -> Table:
    table = tables.table("entry", "what", "since", "until", "told", "run", "reason")
    for each in found:
        table.add_row(
            Text(each.entry, style="bold"),
            Text(each.kind, style="dim" if each.ended_at else "red"),
            words.instant(each.began_at),
            words.instant(each.ended_at),
            words.instant(each.ended_told_at or each.told_at),
            str(each.run or "")[:SHORT],
            Text(each.reason),
        )
    return table


def _as_json(each: Incident) -> dict[str, Any]:
    return {
        "entry": each.entry,
        "kind": str(each.kind),
        "began_at": each.began_at.isoformat(),
        "reason": each.reason,
        "run": each.run and str(each.run),
        "told_at": iso(each.told_at),
        "ended_at": iso(each.ended_at),
        "ended_told_at": iso(each.ended_told_at),
    }
