"""How runs and holds are shown: to people in few characters, to machines in full."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from beat_schedule.actions import SAID
from beat_schedule.decisions import EVERYTHING, Hold
from beat_schedule.store.record import RunRecord

STYLES = {"succeeded": "green", "running": "cyan", "waiting": "cyan"}


def instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else ""


def duration(span: timedelta | None) -> str:
    if span is None:
        return ""
    if span < timedelta(minutes=1):
        return f"{span.total_seconds():.2f} s"
    return str(timedelta(seconds=round(span.total_seconds())))


def counts(counted: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in counted.items())


def gist(run: RunRecord) -> Text:
    """What it counted and, when it failed, the first line of why."""
    why = (run.error or run.reason or "").partition("\n")[0]
    return Text.assemble(counts(run.counts), " " if run.counts and why else "", (why, "red"))


def ending(run: RunRecord) -> Text:
    return Text(run.ending, style=STYLES.get(run.ending, "red"))


def as_json(run: RunRecord) -> dict[str, Any]:
    """Everything about a run but its lines."""
    return {
        "id": str(run.id),
        "entry": run.entry,
        "task": run.task,
        "due_at": run.due_at.isoformat(),
        "trigger": str(run.trigger),
        "queue": run.queue,
        "state": str(run.state),
        "outcome": run.outcome and str(run.outcome),
        "reason": run.reason,
        "attempt": run.attempt,
        "queued_at": run.queued_at and run.queued_at.isoformat(),
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at and run.finished_at.isoformat(),
        "worker": run.worker,
        "args": list(run.args),
        "kwargs": dict(run.kwargs),
        "counts": dict(run.counts),
        "error": run.error,
        "traceback": run.traceback,
    }


def target(key: str) -> str:
    return "the scheduler" if key == EVERYTHING else key


def hold(held: Hold) -> str:
    """How it is held: `is paused by ada@web1 since … until …: deploy`."""
    until = f" until {instant(held.until)}" if held.until else ""
    why = f": {held.why}" if held.why else ""
    return f"is {SAID[held.kind]} by {held.by} since {instant(held.since)}{until}{why}"


def hold_as_json(held: Hold) -> dict[str, Any]:
    return {
        "entry": held.target,
        "kind": str(held.kind),
        "since": held.since.isoformat(),
        "until": held.until and held.until.isoformat(),
        "by": held.by,
        "why": held.why,
    }
