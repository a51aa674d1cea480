"""A span for each message that goes out, in whose trace its worker goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind

from beat_schedule import tracing
from beat_schedule.decisions import Hold, Repeat
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.operator import Operator
from beat_schedule.entries import run_id
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.schedules import Cron, Every, Governed
from beat_schedule.settings import Settings
from tests.beat_house import Beat, clocked_prelude
from tests.holds import a_pause
from tests.traced import Told, is_child, traced, traceparent

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

EACH_SECOND = Governed(
    Every("1s"), Policy(tracked=True, overlap=Overlap.ALLOW, catch_up=CatchUp.ALL)
)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with traced(monkeypatch) as told:
        yield told


def headers(beat: Beat, name: str = "traceparent") -> list[str | None]:
    return [message["headers"].get(name) for message in beat.messages()]


def hold(beat: Beat, hold: Hold) -> None:
    publisher = beat.publishers[-1]
    Operator(publisher.redis, publisher.prefix, clocked_prelude()).hold(hold)


def test_a_message_that_is_sent_has_a_span_that_says_what_it_is_for(beat: Beat, told: Told):
    passes = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    span = told.one()
    assert (span.name, span.kind, span.parent) == ("send tasks.hourly", SpanKind.PRODUCER, None)
    assert dict(span.attributes or {}) == {
        "hookbeat.entry": "hourly",
        "hookbeat.task": "tasks.hourly",
        "hookbeat.due_at": "2026-05-04T12:00:00.000+00:00",
        "hookbeat.run": str(run_id("hourly", NOON)),
        "hookbeat.trigger": "schedule",
        "messaging.system": "celery",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "celery",
    }
    assert headers(beat) == [traceparent(span)]


def test_each_message_of_a_template_has_a_trace_of_its_own(beat: Beat, told: Told):
    passes = beat.start(often=EACH_SECOND)
    for _ in range(3):
        beat.clock.advance(SECOND)
        passes.make()

    assert headers(beat) == [traceparent(span) for span in told.spans()]
    assert len({span.context.trace_id for span in told.spans()}) == 3
    assert len(beat.publishers[-1]._templates._templates) == 1


def test_what_is_not_sent_leaves_no_span(beat: Beat, told: Told):
    passes = beat.start(held=Cron("0 * * * *"), free=Cron("0 * * * *"))
    hold(beat, a_pause("held"))
    beat.clock.advance(SECOND)
    passes.make()

    assert [span.name for span in told.spans()] == ["send tasks.free"]


def test_of_two_that_overlap_the_one_that_went_has_its_span(beat: Beat, told: Told):
    skipping = Policy(tracked=True, overlap=Overlap.SKIP)
    passes = beat.start(each=Governed(Every("1s"), skipping))
    beat.clock.advance(2 * SECOND)
    passes.make()

    assert len(beat.messages()) == 1
    assert headers(beat) == [traceparent(told.one())]


def test_of_those_that_were_held_for_a_while_only_the_later_have_spans(beat: Beat, told: Told):
    passes = beat.start(often=EACH_SECOND)
    until = beat.clock.now() + 2 * SECOND
    hold(beat, a_pause("often", until=until))
    beat.clock.advance(4 * SECOND)
    passes.make()

    assert len(beat.messages()) == 2
    assert headers(beat) == [traceparent(span) for span in told.spans()]


def test_what_is_sent_within_a_span_of_somebody_s_is_a_part_of_its_trace(beat: Beat, told: Told):
    passes = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    with told.provider.get_tracer("theirs").start_as_current_span("a request"):
        passes.make()

    assert is_child(told.one("send"), told.one("a request"))


def test_without_the_setting_no_header_is_added_although_a_provider_is_there(
    beat: Beat, told: Told
):
    tracing.use(Settings())
    passes = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    assert (headers(beat), told.spans()) == ([None], [])


def test_a_trace_that_is_not_sampled_says_so_to_its_worker(
    beat: Beat, told: Told, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(told.provider, "sampler", ALWAYS_OFF)
    passes = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    (said,) = headers(beat)
    assert said
    assert int(said[-2:], 16) & 1 == 0
    assert told.spans() == []


@pytest.fixture
def instrumented(told: Told) -> Iterator[None]:
    instrumentor = CeleryInstrumentor()
    instrumentor.instrument(tracer_provider=told.provider)
    yield
    instrumentor.uninstrument()


@pytest.mark.usefixtures("instrumented")
def test_celery_s_own_instrumentation_goes_on_in_our_trace_and_leaves_nothing_behind(
    beat: Beat, told: Told
):
    passes = beat.start(hourly=Cron("0 * * * *"), other=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    assert not trace.get_current_span().get_span_context().is_valid
    ours = told.spans("send")
    assert [span.parent for span in ours] == [None, None]
    # Its own spans stay open for tasks that are not registered here; their traces are ours.
    traces = {trace.format_trace_id(span.context.trace_id) for span in ours}
    assert {said.split("-")[1] for said in headers(beat) if said} == traces


class BrokenError(Exception):
    pass


def test_a_processor_that_raises_keeps_no_message_back(
    beat: Beat, told: Told, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_args: object, **_options: object) -> None:
        raise BrokenError

    monkeypatch.setattr(told.provider._active_span_processor, "on_start", broken)
    passes = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    assert beat.sent() == [("hourly", NOON)]


def test_the_next_attempt_of_a_run_stands_in_the_trace_of_the_one_before(
    beat: Beat, told: Told, publisher: Publisher
):
    leader = beat.start(hourly=Cron("0 * * * *"))
    before = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    entry = leader.roster["hourly"].entry
    repeats = Repeat(args=(), kwargs={}, retries=1, trace=before)

    publisher.message(entry, NOON, NOON, repeats=repeats).went_out()

    parent = told.one("send").parent
    assert parent
    assert trace.format_trace_id(parent.trace_id) in before
    assert trace.format_span_id(parent.span_id) in before
