"""`hookbeat run --dry-run`: what would be sent, and what would keep it from running."""

import json
from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from beat_schedule.actions.intended import Intended, Plan
from beat_schedule.settings import Settings

from . import tables, words
from .entries import local_time
from .story import arguments


def tell_plan(plan: Plan, settings: Settings, *, is_one: bool, as_json: bool) -> int:
    """Say what would be sent; the exit code."""
    if as_json:
        told = [_as_json(each) | {"away": list(plan.away)} for each in plan.runs]
        click.echo(json.dumps(told[0] if is_one else told, indent=2))
    else:
        for each in plan.away:
            click.echo(each, err=True)
        for run in plan.runs:
            tables.print_rows(_rows(run, settings))
            if not is_one:
                click.echo()
        click.echo("nothing was done: this is what would be")
    return 1 if plan.away or any(each.obstacles for each in plan.runs) else 0


def _rows(run: Intended, settings: Settings) -> Iterator[tuple[str, str | Text]]:
    entry, zone = run.entry, run.entry.zone(settings.zone)
    local = "" if zone.key == "UTC" else f" ({local_time(run.due_at, zone)})"
    yield "entry", Text(entry.key, style="bold")
    yield "task", entry.task
    yield "arguments", arguments(entry.args, run.kwargs) or "none"
    yield "due", f"{words.instant(run.due_at)}{local}"
    yield "queue", _queue(run)
    for obstacle in run.obstacles:
        cure = f" ({obstacle.cure})" if obstacle.cure else ""
        yield "in its way", Text.assemble((obstacle.words, "red"), cure)
    if not run.obstacles:
        yield "in its way", "nothing that is known"


def _queue(run: Intended) -> str:
    if run.is_inline:
        return "none: it would run in this process"
    waiting = run.waiting
    if waiting is None:
        return run.entry.queue
    takers = f"taken by {', '.join(waiting.workers)}" if waiting.workers else "taken by nobody"
    return f"{run.entry.queue}: {waiting.messages} messages wait in it, {takers}"


def _as_json(run: Intended) -> dict[str, Any]:
    waiting = run.waiting
    return {
        "entry": run.entry.key,
        "task": run.entry.task,
        "args": list(run.entry.args),
        "kwargs": dict(run.kwargs),
        "due_at": run.due_at.isoformat(),
        "queue": None if run.is_inline else run.entry.queue,
        "messages": waiting and waiting.messages,
        "workers": waiting and list(waiting.workers),
        "obstacles": [{"words": each.words, "cure": each.cure} for each in run.obstacles],
    }
