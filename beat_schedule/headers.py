"""The headers of a run's message: what beat and command line write, and workers read."""

import uuid
from datetime import UTC, datetime
from typing import Any


def headers(
    key: str,
    *,
    due_at: datetime,
    run_id: uuid.UUID,
    trigger: str,
    queued_at: datetime,
    forced: bool = False,
    told: str = "",
) -> dict[str, Any]:
    """What a worker must know of a run; the first two are names that others read too.

    `told` says it of an entry that no code declares.
    """
    said = {
        "periodic_task_name": key,
        "celery_beat_task": True,
        "hookbeat_entry": key,
        "hookbeat_due_at": _written(due_at),
        "hookbeat_queued_at": _written(queued_at),
        "hookbeat_run": str(run_id),
        "hookbeat_trigger": trigger,
    }
    if told:
        said["hookbeat_told"] = told
    return {**said, "hookbeat_forced": True} if forced else said


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")
