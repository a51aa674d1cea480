"""What a message asks for: its headers, read into the opening of a run."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from beat_schedule.entries import RUN_NAMESPACE, Entry, run_id
from beat_schedule.policies import UNTRACKED
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

TOKEN = "hookbeat_token"  # noqa: S105 -- the name of a header

#: When a run will be killed, in seconds from its start.
HARD_LIMIT = "hookbeat_hard_limit"


def opening_of(request: Any, task: str, entries: Mapping[str, Entry], now: datetime) -> Opening:
    """The opening that a delivery asks for; `request` is Celery's `Task.request`."""
    headers: Mapping[str, Any] = request.headers or {}
    key = headers.get("hookbeat_entry") or headers.get("periodic_task_name")
    delivery = request.delivery_info or {}
    called = Opening(
        run_id=_as_uuid(_called(request, task)),
        token=_uuid(headers.get(TOKEN)) or uuid.uuid4(),
        entry=task,
        task=task,
        due_at=now,
        trigger=Trigger.CALL,
        queue=str(delivery.get("routing_key") or ""),
        worker=str(request.hostname or ""),
        started_at=now,
        queued_at=_instant(headers.get("hookbeat_queued_at")),
        attempt=_retries(request.retries) + 1,
        args=tuple(request.args or ()),
        kwargs=dict(request.kwargs or {}),
        celery_id=str(request.id),
        carrier=headers,
    )
    if due_at := _instant(headers.get("hookbeat_due_at")):
        return _of_occurrence(called, str(key or task), due_at, headers, entries)
    if entry := entries.get(str(key)):
        return _of_stock_beat(called, entry, now)
    return called


def _of_occurrence(
    called: Opening,
    key: str,
    due_at: datetime,
    headers: Mapping[str, Any],
    entries: Mapping[str, Entry],
) -> Opening:
    entry = entries.get(key)
    policy = entry.policy if entry else UNTRACKED
    manual = headers.get("hookbeat_trigger") == Trigger.MANUAL
    return replace(
        called,
        entry=key,
        due_at=due_at,
        run_id=_uuid(headers.get("hookbeat_run")) or run_id(key, due_at),
        trigger=Trigger.MANUAL if manual else Trigger.SCHEDULE,
        overlap=policy.overlap,
        reruns=entry.run_policy.reruns if entry else 0,
        key=entry.key if entry else "",
        forced=bool(headers.get("hookbeat_forced")),
        # Who asks for a run of long ago means it.
        expires_at=None if manual else policy.expires_at(due_at),
    )


def _of_stock_beat(called: Opening, entry: Entry, now: datetime) -> Opening:
    """A beat that says no due time sent it: the newest one that could have been sent by now.

    That is a guess, so the run keeps Celery's id: two messages must not be taken for one.
    """
    due_at = entry.schedule.latest(now - entry.spread) or now
    return replace(
        called,
        entry=entry.key,
        due_at=due_at,
        trigger=Trigger.SCHEDULE,
        overlap=entry.policy.overlap,
        reruns=entry.run_policy.reruns,
        expires_at=entry.policy.expires_at(due_at),
    )


def _called(request: Any, task: str) -> str:
    """What was called: Celery's id, which a task hands on to the one that replaces it."""
    nesting = request.replaced_task_nesting
    return f"{request.id}|{task}|{nesting}" if nesting else str(request.id)


def _as_uuid(task_id: Any) -> uuid.UUID:
    """Celery's id, which is a UUID unless the caller chose another."""
    return _uuid(task_id) or uuid.uuid5(RUN_NAMESPACE, str(task_id))


def _uuid(text: Any) -> uuid.UUID | None:
    with suppress(ValueError, TypeError, AttributeError):
        return uuid.UUID(text)
    return None


def _retries(said: Any) -> int:
    with suppress(ValueError, TypeError):
        return max(int(said), 0)
    return 0


def _instant(text: Any) -> datetime | None:
    with suppress(ValueError, TypeError, OverflowError):
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    return None
