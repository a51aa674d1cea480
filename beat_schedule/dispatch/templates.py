"""Messages from templates: what Celery and kombu built once, with gaps for what differs.

A template is a stock message, cut where its ids, the run's headers, the task's name and the
arguments stand. Those are filled in by the functions that Celery itself fills them in with. It
counts only if it gives back, letter by letter, two stock messages built with different ids at
different times; whatever else may look at a single message keeps Celery's own way.
"""

import json
import marshal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from json.encoder import encode_basestring_ascii as quoted
from types import FunctionType, MethodType
from typing import Any

from celery import Celery, Task, signals
from celery.app.routes import MapRoute
from kombu import compression as kombu_compression
from kombu import serialization
from kombu.utils import json as kombu_json
from kombu.utils.uuid import uuid as fresh_id

from .pushes import Message, Push
from .shown import shown

#: Templates kept; entries that differ in key, task or arguments share one.
TEMPLATES = 1000

#: Written arguments kept, about 1 kB each; what is longer, marshalled, is written anew each time.
BODIES = 10_000
LONGEST_BODY = 512

#: A format of marshal in which equal values are always written alike.
_WITHOUT_REFERENCES = 2

#: As every message without a canvas has it.
_EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


@dataclass(frozen=True, slots=True)
class Call:
    """What Celery is asked to send."""

    task: str
    args: list[Any]
    kwargs: dict[str, Any]
    #: Those of `apply_async`.
    options: Mapping[str, Any]
    #: The run's own headers, which win over those in `options`.
    run: Mapping[str, Any]

    @property
    def headers(self) -> dict[str, Any]:
        return {**(self.options.get("headers") or {}), **self.run}


#: Builds a message by Celery and kombu; further options are named.
Stock = Callable[..., Message]


@dataclass(frozen=True, slots=True)
class _Template:
    #: For `%`, by the names of the gaps.
    pattern: str
    key: str
    queue: str
    step: int
    #: Of the body, as its content type; None for none.
    compression: str | None

    def filled(self, gaps: Mapping[str, str]) -> Message:
        return Message((Push("LPUSH", self.key, self.pattern % gaps),), self.queue, self.step)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a task's name alone says about its messages."""

    task: Task | None
    #: Route and the task's own options; None if each message must be built by Celery.
    shape: bytes | None

    def check(self, call: Call) -> None:
        """Raise the TypeError of arguments that the task cannot take."""
        if self.task is not None and self.task.typing:
            self.task.__header__(*call.args, **call.kwargs)


class Templates:
    """The templates of one connection's messages."""

    def __init__(self, app: Celery, producer: Any, stock: Stock) -> None:
        self._app = app
        self._producer = producer
        self._stock = stock
        self._kinds: dict[str, _Kind] = {}
        self._templates: dict[bytes, _Template | None] = {}
        self._bodies: dict[bytes, dict[str, str]] = {}

    def message(self, call: Call) -> Message | None:
        """The message of `call`; None if it is not sure to be what Celery would build."""
        if _is_listened_to():
            return None
        kind = self._kind(call.task)
        template = self._template(call, kind)
        if template is None:
            return None
        kind.check(call)
        gaps = self._gaps(call, template.compression, fresh_id(), fresh_id())
        return template.filled(gaps)

    def _kind(self, name: str) -> _Kind:
        task = self._app.tasks.get(name)
        known = self._kinds.get(name)
        if known is None or known.task is not task:
            known = self._kinds[name] = _Kind(task, self._shape(name, task))
        return known

    def _shape(self, name: str, task: Task | None) -> bytes | None:
        if not self._is_stock_app:
            return None
        own: tuple[Any, ...] = ()
        if task is not None:
            if not (_is_stock(task.apply_async) and _is_stock(task.shadow_name)):
                return None
            # Reading it is what Celery does before each message.
            own = task._get_exec_options(), task.ignore_result, task.priority  # noqa: SLF001
        route = self._router.lookup_route(name, (), {}, {}, task)
        return _plain((task is not None, own, route))

    @cached_property
    def _router(self) -> Any:
        return self._app.amqp.router

    @cached_property
    def _is_stock_app(self) -> bool:
        """Whether the way of all messages is Celery's own, and routes go by name alone."""
        app, amqp, router = self._app, self._app.amqp, self._router
        calls = [app.send_task, amqp.create_task_message, amqp.send_task_message]
        calls += [router.route, router.lookup_route]
        calls += [self._producer.publish, self._producer.channel.basic_publish]
        by_name = all(type(route) is MapRoute for route in router.routes)
        return by_name and all(map(_is_stock, calls))

    def _template(self, call: Call, kind: _Kind) -> _Template | None:
        # What differs from run to run is left out, where it stands among the headers is not.
        options = {**call.options, "headers": {**call.headers, **dict.fromkeys(call.run)}}
        asked = _plain(options)
        if kind.shape is None or asked is None or "task_id" in options:
            return None
        key = kind.shape + asked
        if key not in self._templates:
            _make_room(self._templates, TEMPLATES)
            self._templates[key] = self._built(call)
        return self._templates[key]

    def _built(self, call: Call) -> _Template | None:
        first, second = self._probe(call), self._probe(call)
        template = _cut(first)
        if template and all(self._gives_back(template, probe) for probe in (first, second)):
            return template
        return None

    def _probe(self, call: Call) -> "_Probe":
        """A stock message in which everything that a gap is for is there to be recognised."""
        run = {
            name: fresh_id() if isinstance(value, str) else value
            for name, value in call.run.items()
        }
        asked, task_id = replace(call, run=run), fresh_id()
        return _Probe(asked, task_id, self._stock(asked, task_id=task_id))

    def _gives_back(self, template: _Template, probe: "_Probe") -> bool:
        tag = probe.read()["properties"]["delivery_tag"]
        gaps = self._gaps(probe.call, template.compression, probe.task_id, tag)
        return template.filled(gaps) == probe.message

    def _gaps(self, call: Call, compression: str | None, task_id: str, tag: str) -> dict[str, str]:
        gaps = {name: quoted(value) for name, value in call.run.items() if isinstance(value, str)}
        gaps["id"], gaps["tag"], gaps["task"] = quoted(task_id), quoted(tag), quoted(call.task)
        return gaps | self._body(call, compression)

    def _body(self, call: Call, compression: str | None) -> dict[str, str]:
        key = _plain((compression, call.args, call.kwargs))
        if key is None or len(key) > LONGEST_BODY:
            return self._written(call, compression)
        if key not in self._bodies:
            _make_room(self._bodies, BODIES)
            self._bodies[key] = self._written(call, compression)
        return self._bodies[key]

    def _written(self, call: Call, compression: str | None) -> dict[str, str]:
        """The arguments, as `as_task_v2` and `Producer.publish` write them."""
        args, kwargs, amqp = call.args or (), call.kwargs or {}, self._app.amqp
        dumps: Any = serialization.dumps
        _, _, body = dumps((args, kwargs, _EMBED), "json")
        if compression:
            body, _ = kombu_compression.compress(body, compression)  # type: ignore[no-untyped-call]
        channel = self._producer.channel
        encoded, _ = channel.encode_body(body, channel.body_encoding)
        return {
            "body": quoted(encoded),
            "argsrepr": quoted(shown(args, amqp.argsrepr_maxsize)),
            "kwargsrepr": quoted(shown(kwargs, amqp.kwargsrepr_maxsize)),
        }


@dataclass(frozen=True, slots=True)
class _Probe:
    call: Call
    task_id: str
    message: Message

    def read(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.message.pushes[0].payload)
        return message


def _cut(probe: _Probe) -> _Template | None:
    """The template of a message that is one push of JSON, and does not run out by the clock."""
    if [push.command for push in probe.message.pushes] != ["LPUSH"]:
        return None
    message = probe.read()
    headers, properties = message["headers"], message["properties"]
    if message["content-type"] != "application/json" or "expiration" in properties:
        return None
    compression = headers.get("compression")
    mark = fresh_id()
    gaps = {name for name, value in probe.call.run.items() if isinstance(value, str)}
    gaps |= {"id", "task", "argsrepr", "kwargsrepr"}
    headers |= {gap: f"{mark}{gap}{mark}" for gap in gaps}
    headers["root_id"] = properties["correlation_id"] = headers["id"]
    properties["delivery_tag"] = f"{mark}tag{mark}"
    message["body"] = f"{mark}body{mark}"
    pattern = str(kombu_json.dumps(message)).replace("%", "%%")  # type: ignore[no-untyped-call]
    for gap in gaps | {"tag", "body"}:
        pattern = pattern.replace(f'"{mark}{gap}{mark}"', f"%({gap})s")
    made = probe.message
    return _Template(pattern, made.pushes[0].key, made.queue, made.step, compression)


def _is_listened_to() -> bool:
    """Whether somebody may change a message, or must be told of it; they may come at any time."""
    return bool(
        signals.before_task_publish.receivers
        or signals.after_task_publish.receivers
        or signals.task_sent.receivers
    )


def _is_stock(call: Any) -> bool:
    """Whether nobody has put a function of their own in the place of Celery's or kombu's."""
    function = call.__func__ if type(call) is MethodType else call
    if type(function) is not FunctionType:
        return False
    home: str = function.__globals__["__name__"]
    return home.partition(".")[0] in {"celery", "kombu"}


def _plain(value: Any) -> bytes | None:
    """The same bytes for equal values of the same plain types; None for any other type."""
    try:
        return marshal.dumps(value, _WITHOUT_REFERENCES)
    except ValueError:
        return None


def _make_room(kept: dict[bytes, Any], most: int) -> None:
    if len(kept) >= most:
        kept.clear()
