"""Stock Celery messages, built by Celery and kombu, but held back instead of pushed.

Only the very last call of publishing, `Channel._put`, is diverted while a message is built: routes,
priorities, headers, serializers, compression, signals and the key prefix are kombu's own, and any
stock worker can consume the result. What was held back is pushed by `decide.lua`, in one step with
the note that it was sent. Where only ids, times and arguments differ from an earlier message, a
template of that one is filled instead.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import redis
from celery import Celery
from celery.beat import _evaluate_entry_args, _evaluate_entry_kwargs
from kombu.utils import json as kombu_json

from beat_schedule import tracing
from beat_schedule.decisions import Repeat
from beat_schedule.entries import run_id
from beat_schedule.errors import BrokerError
from beat_schedule.headers import headers
from beat_schedule.transports import transports_with

from .periodic import PeriodicEntry
from .pushes import Message, Push
from .templates import Call, Templates
from .traced import attributes_of


@dataclass(slots=True)
class _Held:
    """What was held back of one message."""

    pushes: list[Push] = field(default_factory=list)
    queue: str = ""
    step: int = 0

    def message(self) -> Message:
        return Message(tuple(self.pushes), self.queue, self.step)


def _text(message: Any) -> str:
    return str(kombu_json.dumps(message))  # type: ignore[no-untyped-call]


class _Holding:
    """A channel that can hold its messages back, at kombu's own extension points."""

    _held: _Held | None = None

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        if self._held is None:
            super()._put(queue, message, **kwargs)  # type: ignore[misc]
            return
        channel: Any = self
        step = channel.priority(channel._get_message_priority(message, reverse=False))  # noqa: SLF001
        key = channel.global_keyprefix + channel._q_for_pri(queue, step)  # noqa: SLF001
        self._held.pushes.append(Push("LPUSH", key, _text(message)))
        if not self._held.queue:
            self._held.queue, self._held.step = queue, step

    def _put_fanout(self, exchange: str, message: Any, routing_key: str, **kwargs: Any) -> None:
        if self._held is None:
            super()._put_fanout(exchange, message, routing_key, **kwargs)  # type: ignore[misc]
            return
        channel: Any = self
        for topic in channel._get_publish_topics(exchange, routing_key):  # noqa: SLF001
            key = channel.global_keyprefix + topic
            self._held.pushes.append(Push("PUBLISH", key, _text(message)))

    @contextmanager
    def held(self) -> Iterator[_Held]:
        held = self._held = _Held()
        try:
            yield held
        finally:
            self._held = None


_TRANSPORTS = transports_with(_Holding)


class Publisher:
    """A connection to the app's broker, and the messages that could go over it.

    Raises BrokerError for a broker that is not Redis; connection errors are kombu's and redis-py's.
    """

    def __init__(self, app: Celery, transport_options: Mapping[str, Any] | None = None) -> None:
        self._app = app
        self._connection = app.connection_for_write(transport_options=dict(transport_options or {}))
        transport = _TRANSPORTS.get(self._connection.transport_cls)
        if not transport:
            raise BrokerError(
                f"the broker must be Redis, not {self._connection.transport_cls!r}: "
                "set HOOKBEAT_REDIS_URL, or broker_url, to redis://host:port/db"
            )
        self._connection.transport_cls = transport
        # Of several URLs kombu would turn to the next after an error, and forget our transport.
        # Sentinels are all asked anyway, and another Redis would have another state.
        self._connection.cycle = None
        # A Redis that is silent must not hold up the beat for longer than its own answer is worth.
        for option, seconds in (("socket_timeout", 5), ("socket_connect_timeout", 3)):
            self._connection.transport_options.setdefault(option, seconds)
        self._producer = app.amqp.Producer(self._connection, auto_declare=False)
        self._channel = self._producer.channel
        self._templates = Templates(app, self._producer, self._stock)
        #: On the broker's own pool, so on its server and database number; without its key prefix.
        self.redis = redis.Redis(connection_pool=self._channel.pool)
        self.prefix = str(self._channel.global_keyprefix)

    def message(
        self,
        entry: PeriodicEntry,
        due_at: datetime,
        now: datetime,
        *,
        run: uuid.UUID | None = None,
        trigger: str = "schedule",
        forced: bool = False,
        repeats: Repeat | None = None,
    ) -> Message:
        """What sends `entry` for `due_at`; a `run` that the schedule did not ask for has its id.

        One that is `forced` starts whatever keeps others of its entry from starting. One that
        `repeats` is called with what the attempt before was called with.
        """
        asked = headers(
            entry.key,
            due_at=due_at,
            run_id=run or run_id(entry.key, due_at),
            trigger=trigger,
            queued_at=now,
            forced=forced or bool(repeats and repeats.forced),
        )
        spans = tracing.in_use()
        if spans is None:
            return self._built(entry, asked, repeats)
        said = attributes_of(entry, asked)
        sending = spans.sending(f"send {entry.task}", said, repeats.trace if repeats else "")
        if sending is None:
            return self._built(entry, asked, repeats)
        asked |= sending.headers
        made = sending.run(lambda: self._built(entry, asked, repeats))
        sending.goes_to(made.queue)
        return replace(made, trace=sending)

    def _built(
        self, entry: PeriodicEntry, asked: dict[str, Any], repeats: Repeat | None
    ) -> Message:
        if repeats:
            args, kwargs = entry.called_again(repeats)
            call = Call(entry.task, args, kwargs, entry.options, asked)
            return self._stock(call, retries=repeats.retries)
        args = _evaluate_entry_args(entry.args)
        kwargs = _evaluate_entry_kwargs(entry.kwargs)
        call = Call(entry.task, args, kwargs, entry.options, asked)
        return self._templates.message(call) or self._stock(call)

    def _stock(self, call: Call, **options: Any) -> Message:
        """The message as Celery and kombu build it."""
        options = {**call.options, **options, "headers": call.headers}
        options |= {"producer": self._producer, "retry": False}
        task = self._app.tasks.get(call.task)
        held: _Held
        with self._channel.held() as held:
            if task:
                task.apply_async(call.args, call.kwargs, **options)
            else:
                self._app.send_task(call.task, call.args, call.kwargs, **options)
        return held.message()

    def queued(self, queue: str) -> int:
        """How many messages are in the queue, whatever their priority."""
        return int(self._channel._size(queue))  # noqa: SLF001 -- it knows the lists of a queue

    def taken(self) -> int:
        """How many messages workers have taken and not acknowledged."""
        return int(self.redis.hlen(f"{self.prefix}{self._channel.unacked_key}"))

    def close(self) -> None:
        self._connection.release()
