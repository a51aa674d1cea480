"""`hookbeat list`: every entry, when it is due next, and what keeps the others from running."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from beat_schedule import actions
from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING, Hold
from beat_schedule.entries import Entry
from beat_schedule.errors import Problem
from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.runs.guards.environment import elsewhere
from beat_schedule.schedules import Governed, default_window
from beat_schedule.schedules.base import LATEST
from beat_schedule.settings import Settings
from beat_schedule.times import short, spoken
from beat_schedule.translate import load

from . import asking, tables, words
from .check import told
from .examples import examples
from .standing import held_now

#: Entries made at run time that are listed; there may be very many.
MOST_MADE = 100


@examples("hookbeat list", "hookbeat list --json")
@click.command("list")
@asking.for_machines
@click.pass_obj
def list_entries(settings: Settings, *, as_json: bool) -> None:
    """List the entries: key, task, event, schedule, next due time, queue.

    Exit 1 if a module that declares some cannot be read.
    """
    translation = load(settings)
    overlay = actions.overlaid(
        settings, translation.entries, MOST_MADE + 1, actions.code_at(settings, translation)
    )
    holds, now = held_now(settings), SystemClock().now()
    listed = overlay.entries[: len(translation.entries) + MOST_MADE]
    rows = [
        {
            **_row(entry, now, settings, holds),
            "override": overlay.overridden.get(entry.key),
            "made_at_run_time": entry.key in overlay.made,
        }
        for entry in listed
    ]
    problems = (*translation.problems, *overlay.problems)
    has_more = len(overlay.entries) > len(listed)
    everything = holds.get(EVERYTHING)
    if as_json:
        hold = everything and words.hold_as_json(everything)
        told = {
            "entries": rows,
            "has_more": has_more,
            "unscheduled": translation.unscheduled,
            "problems": [asdict(problem) for problem in problems],
        }
        click.echo(json.dumps({**told, "hold": hold}, indent=2))
    else:
        _print(rows, translation.unscheduled, problems, holds)
        if has_more:
            click.echo("more were made at run time: `hookbeat entry list --made`")
    sys.exit(1 if translation.unread else 0)


def _row(
    entry: Entry, now: datetime, settings: Settings, holds: Mapping[str, Hold]
) -> dict[str, Any]:
    held = holds.get(entry.key)
    next_due_at = entry.schedule.first(now, LATEST)
    return {
        "key": entry.key,
        "task": entry.task,
        "event": entry.event,
        "clock": entry.clock,
        "schedule": in_words(entry),
        "next_due_at": next_due_at and machine_time(next_due_at),
        "next_due_local": next_due_at and local_time(next_due_at, entry.zone(settings.zone)),
        "queue": entry.queue,
        "hold": held and words.hold_as_json(held),
        "elsewhere": elsewhere(entry, settings),
        "policy": _policy(entry),
        "policy_in_words": _unusual(entry),
        "description": entry.description,
        "owner": entry.owner,
        "runbook": entry.runbook,
    }


def in_words(entry: Entry) -> str:
    """When it is due, and how much later it is sent."""
    return Governed(entry.schedule, entry.policy).words()


def machine_time(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _policy(entry: Entry) -> dict[str, Any]:
    policy = entry.policy
    return {
        "catch_up": policy.catch_up,
        "catch_up_limit": policy.catch_up_limit,
        "catch_up_window": short(policy.catch_up_window),
        "overlap": policy.overlap,
        "expires": policy.expires and short(policy.expires),
        "spread": short(policy.spread) if policy.spread else None,
        "tracked": policy.tracked,
    }


def _unusual(entry: Entry) -> str:
    """What of the policy does not go without saying; nothing for most."""
    policy, said = entry.policy, []
    if policy.catch_up is CatchUp.ALL:
        said.append(f"catches up with all, the newest {policy.catch_up_limit}")
    if policy.catch_up is CatchUp.NONE:
        said.append("catches up with none")
    elif policy.catch_up_window != default_window(entry.schedule):
        said.append(f"up to {spoken(policy.catch_up_window)} late")
    if policy.overlap is not Overlap.SKIP:
        said.append(f"overlap {policy.overlap}")
    if policy.expires:
        said.append(f"expires after {spoken(policy.expires)}")
    if not policy.tracked:
        said.append("untracked")
    return "; ".join(said)


def local_time(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"


def _print(
    rows: list[dict[str, Any]],
    unscheduled: Iterable[str],
    problems: Iterable[Problem],
    holds: Mapping[str, Hold],
) -> None:
    console = tables.console()
    table = tables.table("entry", "schedule", "next due", "queue")
    for row in rows:
        held = [words.mentioned(holds.get(row["key"])), row["elsewhere"], _said(row)]
        table.add_row(
            _named(row, "\n".join(filter(None, held))),
            _scheduled(row),
            _next(row),
            Text(row["queue"]),
        )
    console.print(table)
    if everything := holds.get(EVERYTHING):
        said = f"{words.target(EVERYTHING)} {words.hold(everything)}"
        console.print(Text(said, style="yellow"), soft_wrap=True)
    for path in unscheduled:
        console.print(Text(f"{path} says no time: it runs by hand alone"), soft_wrap=True)
    for problem in problems:
        console.print(Text("broken ", style="red"), told(problem), sep="", soft_wrap=True)


def _said(row: dict[str, Any]) -> str:
    """What operators have to do with it."""
    if row["made_at_run_time"]:
        return "made at run time"
    override = row["override"] or {}
    said = ", ".join(f"{name} {value!r}" for name, value in override.items())
    return f"override: {said}" if said else ""


def _named(row: dict[str, Any], held: str) -> Text:
    """The key; below it what it does not say itself, and what holds it."""
    text = Text(row["key"], style="bold")
    if not row["key"].startswith(f"{row['task']}@"):
        text.append(f"\n{row['task']} ({row['event']})", style="not bold dim")
    return text.append(f"\n{held}", style="not bold yellow") if held else text


def _scheduled(row: dict[str, Any]) -> Text:
    text, policy = Text(row["schedule"]), row["policy_in_words"]
    return text.append(f"\n{policy}", style="dim") if policy else text


def _next(row: dict[str, Any]) -> Text:
    if row["next_due_at"] is None:
        return Text("never again", style="yellow")
    text = Text(row["next_due_at"])
    is_same = row["next_due_local"].endswith(" UTC")
    return text if is_same else text.append(f"\n{row['next_due_local']}", style="dim")
