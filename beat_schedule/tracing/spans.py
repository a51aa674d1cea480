"""Spans, as OpenTelemetry has them: of messages that are sent, and of what workers do with them."""

import contextvars
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Self, TypeVar

from billiard.exceptions import SoftTimeLimitExceeded
from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode

from beat_schedule import logs
from beat_schedule.settings import Settings

from .provider import provider_of

T = TypeVar("T")

Attributes = Mapping[str, str | int]

#: The header of the W3C's that names a trace, and a span in it.
TRACEPARENT = "traceparent"

log = logs.logger("hookbeat.tracing")


class Spans:
    """Makes spans by the provider of this process."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("hookbeat", version("hookbeat"))

    def sending(self, name: str, said: Attributes, after: str = "") -> "Sending | None":
        """The span of a message that is built now; it is told of once it was `sent`.

        It begins a trace of its own, unless it is sent within a span, or comes `after` one: that is
        a `traceparent`. None where it cannot be made.
        """
        with harmless():
            context = propagate.extract({TRACEPARENT: after}) if after else None
            return Sending(
                self._tracer.start_span(name, context, kind=SpanKind.PRODUCER, attributes=said)
            )
        return None

    def carrying(self, name: str, said: Attributes, carrier: Mapping[str, Any]) -> "Carrying":
        """The span of what is done with a message that has these headers; enter and leave it."""
        return Carrying(self._tracer, name, said, carrier)

    def ended_outside(
        self,
        name: str,
        said: Attributes,
        carrier: Mapping[str, Any],
        *,
        began: float | None,
        error: str,
    ) -> None:
        """The span of what was cut short with its process, which could not tell of it any more.

        `began` is in seconds since the epoch.
        """
        with harmless():
            span = self._tracer.start_span(
                name,
                propagate.extract(carrier),
                kind=SpanKind.CONSUMER,
                attributes=said,
                start_time=None if began is None else int(began * 1e9),
            )
            span.set_status(Status(StatusCode.ERROR, error))
            span.end()

    def flush(self) -> None:
        """Send what waits to be sent; takes as long as the exporter's own timeout."""
        with harmless():
            # The interface does not have it, and what is configured does.
            flush: Callable[[], object] | None = getattr(self._provider, "force_flush", None)
            if flush:
                flush()


class Sending:
    """The span of one message."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._context = trace.set_span_in_context(span)
        #: By which the worker's span becomes a part of this trace.
        self.headers: dict[str, str] = {}
        with harmless():
            propagate.inject(self.headers, self._context)

    def run(self, build: Callable[[], T]) -> T:
        """Build the message within the span.

        What others attach to the context meanwhile is gone with this: Celery's instrumentation
        leaves the span of a task behind that is not registered here.
        """

        def built() -> T:
            contexts.attach(self._context)
            return build()

        return contextvars.copy_context().run(built)

    def goes_to(self, queue: str) -> None:
        with harmless():
            self._span.set_attribute("messaging.destination.name", queue)

    def sent(self) -> None:
        with harmless():
            self._span.end()


class Carrying:
    """The span of one delivery; the current one while it is entered."""

    def __init__(
        self, tracer: trace.Tracer, name: str, said: Attributes, carrier: Mapping[str, Any]
    ) -> None:
        self._span: Span = trace.INVALID_SPAN
        self._token: Any = None
        #: The `traceparent` under which what follows it stands: the message's, else its own.
        self.root = ""
        with harmless():
            parent, links = _parent(carrier)
            self._span = tracer.start_span(
                name, parent, kind=SpanKind.CONSUMER, attributes=said, links=links
            )
            self.root = str(carrier.get(TRACEPARENT) or "") or _written(self._span)

    @property
    def trace_id(self) -> str:
        """As logs and pages have it; empty where there is no span."""
        context = self._span.get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else ""

    def __enter__(self) -> Self:
        self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, *_: object) -> None:
        with harmless():
            contexts.detach(self._token)
            self._span.end()

    def forget(self) -> None:
        """Tell nobody of it."""
        self._span = trace.INVALID_SPAN

    def say(self, said: Attributes) -> None:
        with harmless():
            self._span.set_attributes(_writable(said))

    def went_wrong(self, kind: str, said: str, traceback: str) -> None:
        """What was raised, as the record has it: without passwords."""
        with harmless():
            told = {
                "exception.type": kind,
                "exception.message": said,
                "exception.stacktrace": traceback,
            }
            self._span.add_event("exception", _writable(told))
            self._span.set_status(Status(StatusCode.ERROR, _utf8(said)))


def spans_of(settings: Settings) -> Spans:
    """By the provider of the user, if there is one by now; else by one of the environment's."""
    return Spans(provider_of(settings))


@contextmanager
def harmless() -> Iterator[None]:
    """What a sampler, a propagator or a processor of somebody's raises is logged, once."""
    try:
        yield
    except SoftTimeLimitExceeded:
        # Celery says it once, and means the run.
        raise
    except Exception as error:
        if not _failures:
            log.exception("trace.failed", error=str(error))
        _failures.add(type(error).__name__)


#: What went wrong so far.
_failures: set[str] = set()


def _parent(carrier: Mapping[str, Any]) -> tuple[Context | None, list[Link]]:
    """The span that is current already, say of Celery's instrumentation; else the message's."""
    sent = propagate.extract(carrier, Context())
    message = trace.get_current_span(sent).get_span_context()
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return sent, []
    is_elsewhere = message.is_valid and message.trace_id != current.trace_id
    return None, [Link(message)] if is_elsewhere else []


def _writable(said: Attributes) -> dict[str, str | int]:
    """What any exporter can write: one text that is none would cost it all spans of its batch."""
    return {name: _utf8(text) if isinstance(text, str) else text for name, text in said.items()}


def _utf8(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _written(span: Span) -> str:
    carrier: dict[str, str] = {}
    propagate.inject(carrier, trace.set_span_in_context(span))
    return carrier.get(TRACEPARENT, "")
