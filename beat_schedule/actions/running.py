"""A run that somebody asks for, by a worker."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import redis
from celery import Celery
from kombu.exceptions import EncodeError, OperationalError

from beat_schedule.brokers import told, words_of
from beat_schedule.decisions import Hold
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.pushes import Message
from beat_schedule.entries import Entry
from beat_schedule.settings import Settings

from .reaching import TRANSPORT_OPTIONS

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
    #: Why it could not be sent, though others could.
    error: str = ""
    #: What was sent.
    message: Message | None = None


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
    with publisher_of(app, settings) as publisher:
        return _sent(app, publisher, entry, due_at=due_at, kwargs=kwargs or {}, force=force)


def run_each_now(
    app: Celery,
    settings: Settings,
    entries: Iterable[Entry],
    *,
    due_at: Callable[[Entry], datetime | None] = lambda _: None,
    force: bool = False,
) -> Iterator[tuple[Entry, Answer]]:
    """The same for several, one after the other; one that cannot be sent stops no other.

    Raises BrokerError when Redis is away.
    """
    with publisher_of(app, settings) as publisher:
        for entry in entries:
            try:
                sent = _sent(app, publisher, entry, due_at=due_at(entry), kwargs={}, force=force)
            except (redis.ResponseError, OperationalError, EncodeError) as error:
                if not _is_of_this_one(error):
                    raise
                sent = Answer(None, error=words_of(error))
            yield entry, sent


@contextmanager
def publisher_of(app: Celery, settings: Settings) -> Iterator[Publisher]:
    """What sends over the app's broker; raises BrokerError."""
    with told(settings, CURE):
        publisher = Publisher(app, TRANSPORT_OPTIONS)
        try:
            yield publisher
        finally:
            publisher.close()


def _is_of_this_one(error: Exception) -> bool:
    """Whether Redis answered, and another may go: kombu wraps what redis-py says."""
    return not isinstance(error, OperationalError) or isinstance(
        error.__cause__, redis.ResponseError
    )


def _sent(
    app: Celery,
    publisher: Publisher,
    entry: Entry,
    *,
    due_at: datetime | None,
    kwargs: Mapping[str, Any],
    force: bool,
) -> Answer:
    run = uuid.uuid4()
    periodic = PeriodicEntry.of(app, replace(entry, kwargs=entry.kwargs_with(kwargs)))
    operator = Operator(publisher.redis, publisher.prefix)
    now = operator.now()
    message = publisher.message(
        periodic, due_at or now, now, run=run, trigger="manual", forced=force
    )
    asked = operator.send(entry.key, str(run), periodic.policy, message.pushes, force=force)
    if asked.held or asked.overlap:
        return Answer(None, asked.held, asked.overlap)
    message.went_out()
    return Answer(run, message=message)
