"""What the command line may do to a running installation."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import redis
from kombu.exceptions import OperationalError

from beat_schedule.clock import Clock, SystemClock
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, NotFoundError, suggestion
from beat_schedule.headers import headers
from beat_schedule.settings import Settings
from beat_schedule.translate import periodic_entries
from beat_schedule.translate.functions import check_arguments, function_at
from beat_schedule.translate.json_values import json_copy
from beat_schedule.translate.report import RefusedError

#: A person waits for the answer: one try, and seconds instead of the beat's patience.
IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 3}


class Sender(Protocol):
    """The part of a Celery app that sends."""

    def connection_for_write(self, **options: Any) -> Any:
        """A connection of its own to the broker."""

    def send_task(self, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Send the message of a task, by its name."""


def find_entry(entries: Iterable[Entry], name: str) -> Entry:
    """The entry of that key, or the only one of that task.

    Raises NotFoundError, with a suggestion, when there is none or more than one.
    """
    entries = tuple(entries)
    by_key = {entry.key: entry for entry in entries}
    if name in by_key:
        return by_key[name]
    named = [entry for entry in entries if entry.task == name or entry.key.startswith(f"{name}@")]
    match named:
        case [entry]:
            return entry
        case []:
            known = [*by_key, *(entry.task for entry in entries)]
            hint = suggestion(name, known) or "`hookbeat list` shows all"
            raise NotFoundError(f"no entry {name!r}; {hint}")
        case _:
            keys = ", ".join(sorted(entry.key for entry in named))
            raise NotFoundError(f"{name!r} has several entries: {keys}; name one")


def instant_in(entry: Entry, said: str, settings: Settings) -> datetime:
    """A date or time as a person wrote it, in UTC; without an offset it is in the entry's zone.

    Raises ValueError for what is neither, or lies where no calendar reaches.
    """
    instant = datetime.fromisoformat(said)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=entry.zone(settings.zone))
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{said} is no instant in UTC") from error


def check_call(entry: Entry, kwargs: Mapping[str, Any]) -> None:
    """Raise RefusedError unless the entry's function takes these arguments over its own."""
    json_copy(kwargs, "kwargs")
    try:
        function = function_at(entry.task)
    except RefusedError:
        # A Celery task with a name that is no path: only the call can tell.
        return
    check_arguments(entry.task, function, entry.args, {**entry.kwargs, **kwargs})


def run_now(
    app: Sender,
    settings: Settings,
    entry: Entry,
    *,
    due_at: datetime | None = None,
    kwargs: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
) -> uuid.UUID:
    """Send a run of its own, with an id of its own, so that a date can be repeated.

    Raises BrokerError when Redis does not take it.
    """
    now = (clock or SystemClock()).now()
    run_id = uuid.uuid4()
    made = periodic_entries([entry])[entry.key]
    written = headers(
        entry.key, due_at=due_at or now, run_id=run_id, trigger="manual", queued_at=now
    )
    arguments = {**made["kwargs"], **(kwargs or {})}
    options = {**made["options"], "headers": written, "retry": False}
    try:
        with app.connection_for_write(transport_options=IMPATIENT) as connection:
            app.send_task(entry.task, made["args"], arguments, connection=connection, **options)
    except (OperationalError, redis.RedisError, OSError) as error:
        raise BrokerError(_refusal(error, settings)) from error
    return run_id


def _refusal(error: Exception, settings: Settings) -> str:
    parts = urlsplit(settings.redis_url.get_secret_value())
    redis_there = f"Redis at {parts.netloc.rpartition('@')[2]}{parts.path}"
    cause = error if isinstance(error, redis.RedisError) else error.__cause__
    if isinstance(cause, redis.AuthenticationError):
        wish = "refuses our password" if parts.password else "asks for a password"
        return f"{redis_there} {wish}: {error} (HOOKBEAT_REDIS_URL: redis://:password@host:port/db)"
    if isinstance(cause, redis.ResponseError):
        return f"{redis_there} does not take the run: {error} (HOOKBEAT_REDIS_URL names it)"
    return (
        f"{redis_there} cannot be reached: {error} (HOOKBEAT_REDIS_URL says where; "
        "`hookbeat run --inline` needs none)"
    )
