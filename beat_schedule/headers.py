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
) -> dict[str, Any]:
    """What a worker must know of a run; the first two are names that others read too."""
    said = {
        "periodic_task_name": key,
        "celery_beat_task": True,
        "hookbeat_entry": key,
        "hookbeat_due_at": _written(due_at),
        "hookbeat_queued_at": _written(queued_at),
        "hookbeat_run": str(run_id),
        "hookbeat_trigger": trigger,
    }
    return {**said, "hookbeat_forced": True} if forced else said


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")
