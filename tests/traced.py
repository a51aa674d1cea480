"""Spans that are told, kept for a test to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from beat_schedule import tracing
from beat_schedule.settings import Settings


class Told:
    """What a user's own provider was told in this process."""

    def __init__(self) -> None:
        self.provider = TracerProvider(shutdown_on_exit=False)
        self._kept = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self._kept))

    def spans(self, begins: str = "") -> list[ReadableSpan]:
        """Those that have ended, the first that did first."""
        return [span for span in self._kept.get_finished_spans() if span.name.startswith(begins)]

    def one(self, begins: str = "") -> ReadableSpan:
        (span,) = self.spans(begins)
        return span


@contextmanager
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Everything that this process sends and runs meanwhile is told."""
    told = Told()
    # It can be set once in the life of a process.
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", told.provider)
    tracing.use(Settings(tracing=True))
    try:
        yield told
    finally:
        tracing.use(Settings())


def traceparent(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context
    trace_id, span_id = (
        trace.format_trace_id(context.trace_id),
        trace.format_span_id(context.span_id),
    )
    return f"00-{trace_id}-{span_id}-{context.trace_flags:02x}"


def is_child(span: ReadableSpan, of: ReadableSpan) -> bool:
    parent, context = span.parent, of.get_span_context()
    return bool(
        parent
        and context
        and (parent.trace_id, parent.span_id) == (context.trace_id, context.span_id)
    )
