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
from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Hold
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.pushes import Message
from beat_schedule.entries import Entry
from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings
from beat_schedule.store.asking import asked
from beat_schedule.store.awaiting import await_start
from beat_schedule.store.engine import make_fleeting_engine, make_sessions
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

from .reaching import TRANSPORT_OPTIONS

#: What needs no Redis.
CURE = "; `hookbeat run --inline` needs none"

#: Why what no entry names, or its workers do not follow, has no row before it starts.
NOT_SENT_AGAIN = "no beat could send it again"

#: Seconds to wait for who else writes to SQLite.
BUSY_WAIT = 2


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
    #: Why it is not on record before it starts.
    unlisted: str = ""


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
        sending = _Sending(app, publisher, settings, force=force)
        return sending.send(entry, due_at, kwargs or {})


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
        sending = _Sending(app, publisher, settings, force=force)
        for entry in entries:
            try:
                sent = sending.send(entry, due_at(entry), {})
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


class _Rows:
    """Gives runs their rows as soon as they are sent.

    By these they are found, cancelled, and sent again where their message is lost.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._away = ""

    def add(self, opening: Opening) -> str:
        """Why it has no row before it starts; empty where it has one."""
        # Nobody is to wait once more for a record that is away.
        if not self._away:
            try:
                self._add(opening)
            except StoreError as away:
                self._away = str(away)
        return self._away

    def _add(self, opening: Opening) -> None:
        url = self._settings.database_url.get_secret_value()
        engine = make_fleeting_engine(url, busy_wait=BUSY_WAIT)
        try:
            with asked(make_sessions(engine)) as session:
                await_start(session, opening)
        finally:
            engine.dispose()


def opening_by_hand(
    entry: Entry,
    run: uuid.UUID,
    message: Message,
    *,
    due_at: datetime,
    now: datetime,
    forced: bool = False,
) -> Opening:
    """What a worker will be asked to open."""
    return Opening(
        run_id=run,
        token=uuid.uuid4(),
        entry=entry.key,
        task=entry.task,
        # As its message says it.
        due_at=from_millis(to_millis(due_at)),
        trigger=Trigger.MANUAL,
        queue=message.queue,
        worker="",
        started_at=now,
        queued_at=now,
        args=tuple(entry.args),
        kwargs=dict(entry.kwargs),
        reruns=entry.run_policy.reruns,
        forced=forced,
    )


class _Sending:
    """Sends runs by hand, over one connection."""

    def __init__(
        self, app: Celery, publisher: Publisher, settings: Settings, *, force: bool
    ) -> None:
        self._app = app
        self._publisher = publisher
        self._operator = Operator(publisher.redis, publisher.prefix)
        self._rows = _Rows(settings)
        self._force = force

    def send(self, entry: Entry, due_at: datetime | None, kwargs: Mapping[str, Any]) -> Answer:
        run, force, now = uuid.uuid4(), self._force, self._operator.now()
        due_at = due_at or now
        entry = replace(entry, kwargs=entry.kwargs_with(kwargs))
        periodic = PeriodicEntry.of(self._app, entry)
        message = self._publisher.message(
            periodic, due_at, now, run=run, trigger="manual", forced=force
        )
        answer = self._operator.send(
            entry.key, str(run), periodic.policy, message.pushes, force=force
        )
        if answer.held or answer.overlap:
            return Answer(None, answer.held, answer.overlap)
        message.went_out()
        if not entry.policy.tracked:
            return Answer(run, message=message, unlisted=NOT_SENT_AGAIN)
        opening = opening_by_hand(entry, run, message, due_at=due_at, now=now, forced=force)
        return Answer(run, message=message, unlisted=self._rows.add(opening))
