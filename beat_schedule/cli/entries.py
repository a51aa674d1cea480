"""`hookbeat list`: every entry, when it is due next, and what keeps the others from running."""

import json
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation, load

from . import tables
from .check import told


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def list_entries(settings: Settings, *, as_json: bool) -> None:
    """List the entries: key, task, event, schedule, next due time, queue."""
    translation = load(settings)
    rows = [_row(entry, SystemClock().now(), settings) for entry in translation.entries]
    if as_json:
        problems = [asdict(problem) for problem in translation.problems]
        click.echo(json.dumps({"entries": rows, "problems": problems}, indent=2))
    else:
        _print(rows, translation)


def _row(entry: Entry, now: datetime, settings: Settings) -> dict[str, str]:
    next_due_at = entry.schedule.next(now)
    return {
        "key": entry.key,
        "task": entry.task,
        "event": entry.event,
        "schedule": _words(entry),
        "next_due_at": next_due_at.isoformat().replace("+00:00", "Z"),
        "next_due_local": _local(next_due_at, entry.zone(settings.zone)),
        "queue": entry.queue,
        "description": entry.description,
        "owner": entry.owner,
        "runbook": entry.runbook,
    }


def _words(entry: Entry) -> str:
    said = entry.schedule.words()
    return f"{said}, sent {entry.spread.seconds // 60} min later" if entry.spread else said


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"


def _print(rows: list[dict[str, str]], translation: Translation) -> None:
    console = tables.console()
    table = tables.table("entry", "schedule", "next due", "queue")
    for row in rows:
        table.add_row(_named(row), Text(row["schedule"]), _next(row), Text(row["queue"]))
    console.print(table)
    for problem in translation.problems:
        console.print(Text("broken ", style="red"), told(problem), sep="", soft_wrap=True)


def _named(row: dict[str, str]) -> Text:
    """The key; below it what it does not say itself."""
    text = Text(row["key"], style="bold")
    if not row["key"].startswith(f"{row['task']}@"):
        text.append(f"\n{row['task']} ({row['event']})", style="not bold dim")
    return text


def _next(row: dict[str, str]) -> Text:
    text = Text(row["next_due_at"])
    is_same = row["next_due_local"].endswith(" UTC")
    return text if is_same else text.append(f"\n{row['next_due_local']}", style="dim")
