"""A run that somebody asks for, by a worker."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import Celery

from beat_schedule.decisions import Hold
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.entries import Entry
from beat_schedule.settings import Settings
from beat_schedule.translate import periodic_entries

from .reaching import TRANSPORT_OPTIONS, told

#: What needs no Redis.
CURE = "; `hookbeat run --inline` needs none"


@dataclass(frozen=True, slots=True)
class Answer:
    """The run that was sent, or why none was."""

    run: uuid.UUID | None
    #: The hold in force.
    held: Hold | None = None
    #: The run of the same entry that waits or runs.
    overlap: str = ""


def run_now(
    app: Celery,
    settings: Settings,
    entry: Entry,
    *,
    due_at: datetime | None = None,
    kwargs: Mapping[str, Any] | None = None,
    force: bool = False,
) -> Answer:
    """Send a run of its own, with an id of its own, so that a date can be repeated.

    Nothing is sent while the entry is held, unless by `force`, nor while another run of an entry
    that does not allow it waits or runs. Raises BrokerError when Redis does not take it.
    """
    run = uuid.uuid4()
    made = periodic_entries([entry])[entry.key]
    made["kwargs"] = {**made["kwargs"], **(kwargs or {})}
    periodic = PeriodicEntry(name=entry.key, app=app, **made)
    with told(settings, CURE):
        publisher = Publisher(app, TRANSPORT_OPTIONS)
        try:
            operator = Operator(publisher.redis, publisher.prefix)
            now = operator.now()
            message = publisher.message(
                periodic, due_at or now, now, run=run, trigger="manual", forced=force
            )
            asked = operator.send(entry.key, str(run), periodic.policy, message.pushes, force=force)
        finally:
            publisher.close()
    if asked.held or asked.overlap:
        return Answer(None, asked.held, asked.overlap)
    return Answer(run)
