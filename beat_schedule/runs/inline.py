"""Carrying an entry out in this very process: same gate, same context, same record, no Redis."""

import os
import socket
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from celery import Celery
from celery.app.utils import find_app

from beat_schedule.entries import Entry
from beat_schedule.errors import Problem, SettingsError
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

from .process import Process
from .run import Verdict


def app_named(name: str) -> Celery:
    """The app that `celery -A` would find; raises SettingsError when it does not import."""
    try:
        return find_app(name)
    except Exception as error:
        reason = f"{name!r} cannot be imported: {type(error).__name__}: {error}"
        raise SettingsError(
            [Problem("HOOKBEAT_APP", reason, "name it as `celery -A` does")]
        ) from error


def process_of(app: Celery) -> Process:
    """What `install` made of the app; raises SettingsError when it was never called."""
    process = getattr(app, "hookbeat", None)
    if isinstance(process, Process):
        return process
    reason = "names an app whose tasks are not carried out by Hookbeat"
    cure = "call beat_schedule.runs.install.install(app, …) where the app is made"
    raise SettingsError([Problem("HOOKBEAT_APP", reason, cure)])


def opening_inline(
    process: Process, entry: Entry, due_at: datetime | None, kwargs: Mapping[str, Any] | None
) -> Opening:
    """A manual run of the entry, of its own id."""
    now = process.clock.now()
    return Opening(
        run_id=uuid.uuid4(),
        token=uuid.uuid4(),
        entry=entry.key,
        task=entry.task,
        due_at=due_at or now,
        trigger=Trigger.MANUAL,
        queue=entry.queue,
        worker=f"inline@{socket.gethostname()}:{os.getpid()}",
        started_at=now,
        queued_at=now,
        args=entry.args,
        kwargs={**entry.kwargs, **(kwargs or {})},
    )


def carry_out_inline(app: Celery, opening: Opening) -> Verdict:
    """Run it here and now; what the task raises is raised again after it is on record."""
    task = app.tasks[opening.task]
    return process_of(app).runner.carry_out(
        opening, task.hookbeat_body(opening.args, opening.kwargs)
    )
