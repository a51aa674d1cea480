"""`hookbeat decisions`: what became of each due time, and why."""

import json
from collections.abc import Iterable
from typing import Any

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from beat_schedule import actions
from beat_schedule.actions import find_entry
from beat_schedule.decisions import Decided, Decision
from beat_schedule.errors import NotFoundError
from beat_schedule.plain import plain_text
from beat_schedule.settings import Settings
from beat_schedule.store.occurrences import decisions_of
from beat_schedule.translate import load
from beat_schedule.translate.overlay import with_clocks

from . import asking, completing, tables, words
from .examples import examples
from .record import reader_of
from .words import iso

STYLES = {Decision.SENT: "green", Decision.ERROR: "red"}


@examples(
    "hookbeat decisions",
    "hookbeat decisions tasks.library.daily --limit 5",
)
@click.command()
@click.argument("name", metavar="[ENTRY]", required=False, shell_complete=completing.entries)
@asking.limit
@asking.for_machines
@click.pass_obj
def decisions(settings: Settings, name: str | None, *, limit: int, as_json: bool) -> None:
    """List what became of due times: sent, or not and why; of one entry or of all.

    ENTRY is its key, or its task's path where that has one entry. A row may stand for several due
    times that were decided alike. It takes a second or two until a decision is on record.
    """
    with reader_of(settings) as session:
        found = _found(session, settings, name, limit)
    if as_json:
        click.echo(json.dumps([decided_as_json(each) for each in found], indent=2))
    elif found:
        tables.console().print(_table(found))
    else:
        click.echo("nothing is decided yet")


def _found(session: Session, settings: Settings, name: str | None, limit: int) -> list[Decided]:
    """Also of an entry that the hooks do not declare, or no longer, by its whole key."""
    if name is None:
        return decisions_of(session, None, limit)
    entries = load(settings).entries
    settings = with_clocks(settings, entries)
    try:
        return decisions_of(session, find_entry(entries, name).key, limit)
    except NotFoundError:
        found = decisions_of(session, plain_text(name), limit)
        if found or actions.overlaid_entry(settings, None, name):
            return found
        raise


def _table(found: Iterable[Decided]) -> Table:
    table = tables.table("entry", "due", "times", "decision", "run", "reason")
    for each in found:
        until = f"\nto {words.instant(each.last_due)}" if each.last_due > each.first_due else ""
        table.add_row(
            Text(each.entry, style="bold"),
            f"{words.instant(each.first_due)}{until}",
            str(each.count),
            Text(each.decision, style=STYLES.get(each.decision, "yellow")),
            str(each.run or "").partition("-")[0],
            Text(each.reason),
        )
    return table


def decided_as_json(each: Decided) -> dict[str, Any]:
    return {
        "entry": each.entry,
        "first_due_at": each.first_due.isoformat(),
        "last_due_at": each.last_due.isoformat(),
        "count": each.count,
        "decision": str(each.decision),
        "reason": each.reason,
        "run": each.run and str(each.run),
        "queue": each.queue,
        "term": each.term,
        "decided_at": each.decided_at.isoformat(),
        "expires_at": iso(each.expires_at),
    }
