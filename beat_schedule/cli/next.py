"""`hookbeat next`: what is due next, over all entries or of one."""

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from rich.text import Text

from beat_schedule import actions
from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.entries import Entry
from beat_schedule.errors import Problem
from beat_schedule.runs.guards.environment import elsewhere
from beat_schedule.schedules.base import LATEST
from beat_schedule.settings import Settings
from beat_schedule.times import spoken
from beat_schedule.translate import Translation, load
from beat_schedule.translate.overlay import expect_task

from . import asking, completing, tables, words
from .entries import in_words, local_time, machine_time
from .examples import examples
from .standing import held_now

#: Of more entries that are left out it is told how many more.
MOST_BROKEN = 12


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Coming:
    """One due time to come."""

    due_at: datetime
    key: str


@examples(
    "hookbeat next",
    "hookbeat next --entry tasks.library.daily --count 5",
)
@click.command("next")
@click.option(
    "--count",
    type=click.IntRange(min=1, max=asking.MOST),
    default=10,
    show_default=True,
    help="How many due times.",
)
@click.option(
    "--entry",
    "name",
    metavar="NAME",
    help="Only of this entry, or of this task's.",
    shell_complete=completing.entries,
)
@asking.for_machines
@click.pass_obj
def next_due(settings: Settings, *, count: int, name: str | None, as_json: bool) -> None:
    """List the next due times, in UTC and by the entry's own clock.

    A day on which that clock is changed is marked, and what would be held as things stand.
    """
    translation = load(settings)
    entries, problems = _entries(settings, translation, name)
    now = SystemClock().now()
    by_key = {entry.key: entry for entry in entries}
    holds = held_now(settings)
    rows = [
        _row(by_key[each.key], each.due_at, settings, holds)
        for each in islice(_coming(entries, now), count)
    ]
    over = [entry.key for entry in entries if entry.schedule.first(now, LATEST) is None]
    if as_json:
        told = [asdict(problem) for problem in problems]
        click.echo(json.dumps({"due": rows, "never_again": over, "problems": told}, indent=2))
        return
    if rows:
        tables.console().print(_table(rows))
    for key in over:
        click.echo(f"never again: {key}")
    for problem in problems[:MOST_BROKEN]:
        click.echo(f"broken {problem}")
    if len(problems) > MOST_BROKEN:
        click.echo(f"and {len(problems) - MOST_BROKEN} more: hookbeat entry list")
    if not entries:
        click.echo("there are no entries")


def _entries(
    settings: Settings, translation: Translation, name: str | None
) -> tuple[Sequence[Entry], Sequence[Problem]]:
    """All of them, and why others that operators made are not among them; or that one."""
    declared, code = translation.entries, actions.code_at(settings, translation)
    if name is None:
        overlay = actions.overlaid(settings, declared, code=code)
        return overlay.entries, overlay.problems
    with actions.telling_unread(translation.unread):
        entry = actions.find_overlaid(settings, declared, name)
    if entry.key not in {each.key for each in declared}:
        expect_task(entry, code)
    return (entry,), ()


def _coming(entries: Sequence[Entry], now: datetime) -> Iterator[_Coming]:
    return heapq.merge(*(_of(entry, now) for entry in entries))


def _of(entry: Entry, now: datetime) -> Iterator[_Coming]:
    for due_at in entry.schedule.between(now, LATEST):
        yield _Coming(due_at=due_at, key=entry.key)


def _row(
    entry: Entry, due_at: datetime, settings: Settings, holds: Mapping[str, Hold]
) -> dict[str, Any]:
    zone = entry.zone(settings.zone)
    held = words.mentioned(_hold(entry, due_at, holds))
    return {
        "key": entry.key,
        "due_at": machine_time(due_at),
        "due_local": local_time(due_at, zone),
        "sent_at": machine_time(due_at + entry.spread),
        "clock_change": clock_change(due_at, zone) if entry.schedule.zone else "",
        "schedule": in_words(entry),
        "held": held or elsewhere(entry, settings) or "",
    }


def _hold(entry: Entry, due_at: datetime, holds: Mapping[str, Hold]) -> Hold | None:
    """What will hold it, if nobody changes that."""
    for target in (EVERYTHING, entry.key):
        held = holds.get(target)
        is_over = held and held.until and due_at + entry.spread > held.until
        goes_on = (
            held
            and (target, held.kind) == (EVERYTHING, HoldKind.MAINTENANCE)
            and entry.policy.even_in_maintenance
        )
        if held and not is_over and not goes_on:
            return held
    return None


def clock_change(instant: datetime, zone: ZoneInfo) -> str:
    """What happens to the zone's clock on the day of that instant, in words; mostly nothing."""
    midnight = datetime.combine(instant.astimezone(zone).date(), time.min, zone)
    before, after = (
        at.utcoffset() or timedelta(0) for at in (midnight, midnight + timedelta(days=1))
    )
    if after == before:
        return ""
    way = "forward" if after > before else "back"
    return f"clocks go {way} {spoken(abs(after - before))} that day"


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = tables.table("due", "entry", "schedule")
    for row in rows:
        due = Text(row["due_at"])
        if not row["due_local"].endswith(" UTC"):
            due.append(f"\n{row['due_local']}", style="dim")
        if row["clock_change"]:
            due.append(f"\n{row['clock_change']}", style="yellow")
        entry = Text(row["key"], style="bold")
        if row["held"]:
            entry.append(f"\n{row['held']}", style="not bold yellow")
        table.add_row(due, entry, Text(row["schedule"]))
    return table
