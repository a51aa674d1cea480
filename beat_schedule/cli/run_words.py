"""How runs are shown: to people in few characters, to machines in full."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from beat_schedule.store.models import RunState
from beat_schedule.store.record import FAILURES, RunRecord

from . import words

STYLES = {
    "succeeded": "green",
    "running": "cyan",
    "waiting": "cyan",
    "skipped": "yellow",
    "expired": "yellow",
    "cancelled": "yellow",
}


def counts(counted: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in counted.items())


def progress(run: RunRecord) -> str:
    """How far it said that it is: `42 of 100`."""
    if run.progress_done is None:
        return ""
    of = "" if run.progress_total is None else f" of {run.progress_total}"
    return f"{run.progress_done}{of}"


def goes_on(run: RunRecord) -> str:
    """When a waiting run may go on; it is sent again then."""
    if run.state is not RunState.WAITING:
        return ""
    if run.is_queued:
        return "sent, and not started"
    return f"goes on at {words.instant(run.not_before)}" if run.not_before else "goes on soon"


def gist(run: RunRecord) -> Text:
    """How far it is, what it counted, when it goes on and, in its first line, why."""
    is_open = run.state is not RunState.ENDED
    parts = [progress(run) if is_open else "", counts(run.counts), goes_on(run)]
    why = (run.error or run.reason or "").partition("\n")[0]
    told = "; ".join(filter(None, parts))
    style = "red" if run.outcome in FAILURES else "yellow"
    return Text.assemble(told, "; " if told and why else "", (why, style))


def ending(run: RunRecord) -> Text:
    return Text(run.ending, style=STYLES.get(run.ending, "red"))


def as_json(run: RunRecord) -> dict[str, Any]:
    """Everything about a run but its attempts, its events and its lines."""
    progress_made = {"done": run.progress_done, "total": run.progress_total}
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
        "lost_count": run.lost_count,
        "failed_count": run.failed_count,
        "not_before": words.iso(run.not_before),
        "expires_at": words.iso(run.expires_at),
        "queued_at": words.iso(run.queued_at),
        "started_at": words.iso(run.started_at) if run.has_started else None,
        "finished_at": words.iso(run.finished_at),
        "worker": run.worker,
        "celery_id": run.celery_id,
        "args": list(run.args),
        "kwargs": dict(run.kwargs),
        "counts": dict(run.counts),
        "progress": None if run.progress_done is None else progress_made,
        "error": run.error,
        "traceback": run.traceback,
        "fingerprint": run.fingerprint,
        "versions": dict(run.versions),
    }
