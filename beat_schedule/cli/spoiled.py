"""`hookbeat spoiled`: the messages that no worker could read."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.runs.spoiled import Spoiled, SpoiledMessages
from beat_schedule.settings import Settings

from . import asking, tables, words
from .examples import examples

#: Of a message so much is shown.
BEGINNING = 80


@examples("hookbeat spoiled")
@click.command()
@asking.limit
@click.option("--forget", is_flag=True, help="Throw all of them away.")
@asking.for_machines
@click.pass_obj
def spoiled(settings: Settings, *, limit: int, forget: bool, as_json: bool) -> None:
    """List the messages that no worker could read: they were set aside, and nothing ran.

    Exit 1 if there are any. With --forget they are thrown away, exit 0.
    """
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        messages = SpoiledMessages(client, settings.prefix)
        if forget:
            _tell_forgotten(messages.forget(), as_json=as_json)
            return
        found = messages.newest(limit)
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in found], indent=2))
    elif found:
        tables.console().print(_table(found))
    else:
        click.echo("no message was set aside")
    sys.exit(1 if found else 0)


def _tell_forgotten(count: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"forgotten": count}))
    else:
        click.echo(f"{count} forgotten")


def _table(found: Iterable[Spoiled]) -> Table:
    table = tables.table("taken", "queue", "bytes", "why", "begins")
    for each in found:
        begins = each.message[:BEGINNING].decode(errors="backslashreplace")
        table.add_row(
            words.instant(each.at),
            Text(each.queue, style="bold"),
            str(each.size),
            Text(each.reason),
            Text(begins),
        )
    return table


def _as_json(each: Spoiled) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "queue": each.queue,
        "reason": each.reason,
        "size": each.size,
        "message": each.message.decode(errors="backslashreplace"),
    }
