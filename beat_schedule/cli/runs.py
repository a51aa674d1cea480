"""`hookbeat runs`: what ran, and how it ended."""

import json
from collections.abc import Iterable

import click
from rich.table import Table
from rich.text import Text

from beat_schedule.settings import Settings
from beat_schedule.store.plain import plain_text
from beat_schedule.store.record import RunRecord, latest_runs

from . import asking, tables, words
from .record import reader_of


@click.command()
@click.option("--entry", metavar="NAME", help="Only runs of this entry, or of this task.")
@click.option("--failed", is_flag=True, help="Only runs that failed, timed out or were lost.")
@asking.limit
@asking.for_machines
@click.pass_obj
def runs(settings: Settings, *, entry: str | None, failed: bool, limit: int, as_json: bool) -> None:
    """List the latest runs and how they ended."""
    with reader_of(settings) as session:
        found = latest_runs(session, entry=plain_text(entry), failed=failed, limit=limit)
    if as_json:
        click.echo(json.dumps([words.as_json(run) for run in found], indent=2))
    elif found:
        tables.console().print(_table(found))
    else:
        click.echo("no such run yet" if entry or failed else "nothing has run yet")


def _table(found: Iterable[RunRecord]) -> Table:
    table = tables.table("run", "entry", "due", "started", "took", "outcome", "counts, error")
    for run in found:
        table.add_row(
            run.short_id,
            Text(run.entry, style="bold"),
            words.instant(run.due_at),
            words.instant(run.started_at),
            words.duration(run.took),
            words.ending(run),
            words.gist(run),
        )
    return table
