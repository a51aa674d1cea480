"""What stands between a queue and its worker, so that no message stops either.

Celery's consumer and kombu's channel, with two differences. A message that cannot be read is set
aside: a worker of Celery's would end over it, or reconnect and take it again for ever. A run whose
task is not known here is left to the beats, which send it again, and to a worker that knows it.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from queue import Empty
from typing import Any

import redis
from celery import signals
from celery.worker import consumer
from kombu.transport import redis as kombu_redis

from beat_schedule import logs
from beat_schedule.clock import SystemClock
from beat_schedule.store.models import Trigger
from beat_schedule.transports import transports_with

from .spoiled import SpoiledError, SpoiledMessages

#: Runs of unknown tasks that are remembered, to name each once: their copies come again.
REMEMBERED = 1_000

#: Characters of a reason that are kept.
LONGEST_REASON = 300

#: What is about the connection, and not about a message. kombu counts two more among them: it would
#: take a message that raises such a one again and again.
_OF_THE_CONNECTION = tuple(
    error
    for error in (
        *kombu_redis.Transport.connection_errors,
        *kombu_redis.Transport.channel_errors,
        MemoryError,
        Empty,
    )
    if error not in {KeyError, redis.DataError}
)

log = logs.logger("hookbeat.worker")


class Consumer(consumer.Consumer):
    """Celery's consumer; set by `worker_consumer`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._unknown: deque[str] = deque(maxlen=REMEMBERED)
        super().__init__(*args, **options)

    def connection_for_read(self, heartbeat: float | None = None) -> Any:
        connection = self.app.connection_for_read(heartbeat=heartbeat)
        if transport := _TRANSPORTS.get(connection.transport_cls):
            # Not by its name, which is shown to people.
            connection.get_transport_cls = lambda: transport
        return self.ensure_connected(connection)

    def create_task_handler(self, **options: Any) -> Callable[[Any], Any]:
        handle: Callable[[Any], Any] = super().create_task_handler(**options)

        def on_task_received(message: Any) -> Any:
            _require_a_call(message)
            return handle(message)

        return on_task_received

    def on_decode_error(self, message: Any, exc: Exception) -> None:  # noqa: ARG002 -- Celery's names
        raise SpoiledError(f"its body cannot be read: {exc}") from exc

    def on_unknown_message(self, body: Any, message: Any) -> None:  # noqa: ARG002
        raise SpoiledError("it names no task")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002
        raise SpoiledError(f"it is no call of a task: {exc}") from exc

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        headers = message.headers
        if not _is_sent_again(headers):
            super().on_unknown_task(body, message, exc)
            raise SpoiledError(
                f"no task {headers.get('task')!r} is known here, and nobody will send it again"
            )
        run = str(headers.get("hookbeat_run"))
        if run not in self._unknown:
            self._unknown.append(run)
            told = {"entry": headers.get("hookbeat_entry"), "run": run}
            log.warning("task.unknown", task=headers["task"], **told)
        message.reject()
        told = {"name": headers["task"], "id": headers["id"]}
        signals.task_unknown.send(sender=self, message=message, exc=exc, **told)


class _Watchful:
    """A channel that sets aside what cannot be delivered."""

    #: The list and the bytes that are being delivered.
    _taken: tuple[bytes, bytes] | None = None

    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 -- kombu's
        client = super()._create_client(asynchronous)  # type: ignore[misc]
        if asynchronous:
            client.parse_response = self._noting(client.parse_response)
        return client

    def _noting(self, parse: Callable[..., Any]) -> Callable[..., Any]:
        def parse_response(connection: Any, command: str, **options: Any) -> Any:
            answer = parse(connection, command, **options)
            if command == "BRPOP":
                self._taken = answer and tuple(answer)
            return answer

        return parse_response

    def _brpop_read(self, **options: Any) -> Any:
        self._taken = None
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except _OF_THE_CONNECTION:
            raise
        except Exception as error:
            if not self._taken:
                raise
            self._set_aside(*self._taken, error)
            return True
        finally:
            self._taken = None

    def _set_aside(self, key: bytes, message: bytes, error: Exception) -> None:
        channel: Any = self
        queue = key.decode(errors="replace").rsplit(channel.sep, 1)[0]
        reason = _why(error)[:LONGEST_REASON]
        log.error("message.spoiled", queue=queue, reason=reason, size=len(message))
        # On the broker's own pool, but without its key prefix.
        spoiled = SpoiledMessages(
            redis.Redis(connection_pool=channel.pool), channel.global_keyprefix
        )
        spoiled.keep(SystemClock().now(), queue, message, reason)
        tag = _tag_of(message)
        if tag in channel.qos._delivered:  # noqa: SLF001
            channel.basic_ack(tag)


_TRANSPORTS = transports_with(_Watchful)


def _require_a_call(message: Any) -> None:
    """Raise SpoiledError for a body that a pool's child would fail on, without a record."""
    try:
        body = message.payload
    except Exception as error:
        raise SpoiledError(f"its body cannot be read: {error}") from error
    match body:
        case [list() | tuple(), dict(), dict() | None]:
            return
        case dict() if "args" in body or "task" not in message.headers:
            # Of an older protocol, and Celery's to judge.
            return
    raise SpoiledError("its body is not arguments, named arguments and what follows")


def _is_sent_again(headers: Mapping[str, Any]) -> bool:
    """Whether beats see to this run: it is a due time, or an entry's run that was asked for.

    What is no entry is asked for by the name of its task.
    """
    trigger, entry = headers.get("hookbeat_trigger"), headers.get("hookbeat_entry")
    return trigger == Trigger.SCHEDULE or (
        trigger == Trigger.MANUAL and entry != headers.get("task")
    )


def _why(error: Exception) -> str:
    if isinstance(error, SpoiledError):
        return str(error)
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return f"it is not JSON: {said}"
    return f"it is no message of kombu's and Celery's: {said}"


def _tag_of(message: bytes) -> str | int | None:
    """By which kombu knows a message that is not acknowledged yet."""
    try:
        tag = json.loads(message)["properties"]["delivery_tag"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return tag if isinstance(tag, str | int) else None
