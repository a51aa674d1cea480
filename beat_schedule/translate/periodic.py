"""Entries as Celery's own beat takes them: the values of `app.conf.beat_schedule`."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from beat_schedule.entries import Entry
from beat_schedule.schedules import Governed

#: Between the limit at which a run is told to stop and the one at which it is killed.
GRACE = timedelta(seconds=30)


def periodic_entries(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """By key, what `celery.beat.ScheduleEntry` is made of."""
    return {entry.key: _periodic(entry) for entry in entries}


def _periodic(entry: Entry) -> dict[str, Any]:
    return {
        "task": entry.task,
        "schedule": Governed(entry.schedule, entry.policy),
        "args": list(entry.args),
        "kwargs": dict(entry.kwargs),
        "options": _options(entry),
    }


def _options(entry: Entry) -> dict[str, Any]:
    options: dict[str, Any] = {
        "queue": entry.queue,
        "headers": {"periodic_task_name": entry.key, "hookbeat_entry": entry.key},
    }
    if entry.priority is not None:
        options["priority"] = entry.priority
    if entry.timeout is not None:
        options["soft_time_limit"] = entry.timeout.total_seconds()
        options["time_limit"] = (entry.timeout + GRACE).total_seconds()
    return options
