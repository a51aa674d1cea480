"""What was said of an entry: told to people in lines, to machines in full."""

from collections.abc import Mapping
from typing import Any

import click

from beat_schedule.actions import Said
from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.schedules.base import LATEST
from beat_schedule.settings import Settings
from beat_schedule.times import short

from . import words
from .check import told
from .entries import in_words, local_time, machine_time


def tell(said: Said, settings: Settings) -> None:
    """What it is now, and what of that is new."""
    if said.freed:
        click.echo(f"{said.key} runs again: it was {words.mentioned(said.freed)}")
    if said.freed and not said.is_changed:
        return
    if not said.is_changed:
        click.echo(f"nothing changes: {said.key} is so already")
    elif said.entry is None:
        click.echo(f"{said.key} is no more" if said.after is None else f"{said.key} is noted")
    else:
        click.echo(f"{said.key}: {in_words(said.entry)}")
        for line in changes(said.before or {}, said.after or {}):
            click.echo(f"  {line}")
        click.echo(f"  next due {_next(said.entry, settings)}")
    for warning in said.warnings:
        click.echo(told(warning))
    if said.away:
        click.echo(f"{said.away}\nit is on record: a beat takes it up when Redis is back", err=True)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """`queue: 'long', was 'default'`, of what differs."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            lines.append(f"{name}: as the code says, was {before[name]!r}")
        elif name not in before:
            lines.append(f"{name}: {after[name]!r}")
        elif before[name] != after[name]:
            lines.append(f"{name}: {after[name]!r}, was {before[name]!r}")
    return lines


def said_as_json(said: Said) -> dict[str, Any]:
    return {
        "key": said.key,
        "changed": said.is_changed,
        "before": said.before,
        "after": said.after,
        "entry": said.entry and entry_as_json(said.entry),
        "warnings": [str(warning) for warning in said.warnings],
        "redis_away": said.away or None,
        "enabled": True if said.freed else None,
    }


def entry_as_json(entry: Entry) -> dict[str, Any]:
    """What may be overridden of it, as it is."""
    next_due_at = entry.schedule.first(SystemClock().now(), LATEST)
    return {
        "task": entry.task,
        "schedule": in_words(entry),
        "next_due_at": next_due_at and machine_time(next_due_at),
        "args": list(entry.args),
        "kwargs": dict(entry.kwargs),
        "queue": entry.queue,
        "timeout": entry.timeout and short(entry.timeout),
    }


def _next(entry: Entry, settings: Settings) -> str:
    due_at = entry.schedule.first(SystemClock().now(), LATEST)
    return "never again" if due_at is None else local_time(due_at, entry.zone(settings.zone))
