"""`hookbeat pending`: what is to run and does not yet, and since when."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click
from rich.text import Text

from beat_schedule.actions.queued import Group
from beat_schedule.clock import SystemClock
from beat_schedule.overview.pending import Pending, pending_of
from beat_schedule.settings import Settings
from beat_schedule.translate import load

from . import asking, tables, words
from .examples import examples
from .words import iso


@examples("hookbeat pending")
@click.command()
@asking.for_machines
@click.pass_obj
def pending(settings: Settings, *, as_json: bool) -> None:
    """Show what waits in the queues, what was sent and has not started, and what is owed.

    Messages that no worker has taken are counted by queue, entry and task, those that wait longest
    first. What was sent and has not started is on record: its messages are in the queues too,
    unless a worker has just taken them or they were lost; then they are sent again. Exit 1 if
    Redis or the database cannot be asked.
    """
    found = pending_of(settings, load(settings).entries, SystemClock())
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    else:
        for each in found.away:
            click.echo(each, err=True)
        _print(found)
    sys.exit(1 if found.away else 0)


def print_groups(groups: Sequence[Group], now: datetime) -> None:
    """A row for each queue, entry and task."""
    table = tables.table("queue", "entry", "task", "messages", "oldest")
    for each in groups:
        table.add_row(
            Text(each.queue),
            Text(each.entry or "-", style="bold"),
            Text(each.task or "nobody can read it"),
            str(each.count),
            words.duration(each.age(now)),
        )
    tables.console().print(table)


def groups_as_json(groups: Iterable[Group], now: datetime) -> list[dict[str, Any]]:
    told = []
    for each in groups:
        age = each.age(now)
        told.append(
            {
                "queue": each.queue,
                "entry": each.entry or None,
                "task": each.task or None,
                "messages": each.count,
                "since": iso(each.since),
                "age": None if age is None else round(age.total_seconds(), 3),
            }
        )
    return told


def _print(found: Pending) -> None:
    if found.queued:
        print_groups(found.queued, found.now)
    elif found.queued is not None:
        click.echo("no message waits in a queue")
    if found.unstarted:
        table = tables.table("sent and not started", "due times", "oldest")
        for each in found.unstarted:
            age = words.duration(found.now - each.since)
            table.add_row(Text(each.entry, style="bold"), str(each.count), age)
        tables.console().print(table)
    elif found.unstarted is not None:
        click.echo("nothing was sent and has not started")
    if found.owing:
        table = tables.table("owes", "since", "why")
        for entry, owed in sorted(found.owing.items()):
            table.add_row(Text(entry, style="bold"), words.instant(owed.due_at), Text(owed.why))
        tables.console().print(table)
    elif found.owing is not None:
        click.echo("nothing is owed")


def _as_json(found: Pending) -> dict[str, Any]:
    sent = found.unstarted
    owing = found.owing
    return {
        "queued": None if found.queued is None else groups_as_json(found.queued, found.now),
        "sent_and_not_started": None
        if sent is None
        else [
            {"entry": each.entry, "due_times": each.count, "since": iso(each.since)}
            for each in sent
        ],
        "owing": None
        if owing is None
        else [
            {"entry": entry, "since": iso(owed.due_at), "why": owed.why}
            for entry, owed in sorted(owing.items())
        ],
        "away": list(found.away),
    }
