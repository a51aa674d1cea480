"""What a trace tells of a run, from its message to its end."""

import json
import logging
import signal
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import billiard.common
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from beat_schedule.policies import RunPolicy
from beat_schedule.runs.decorators import SkippedError
from beat_schedule.runs.run import Runner
from beat_schedule.runs.traced import trace_end
from beat_schedule.runs.verdict import Carried, GoesOnError
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Ending
from tests.openings import NOON, an_opening
from tests.traced import Told, is_child, traced, traceparent
from tests.unit.runs.stories import carry, row_of

MESSAGE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OF_THE_MESSAGE = MappingProxyType({"traceparent": MESSAGE})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with traced(monkeypatch) as told:
        yield told


def raising(error):
    def call(_):
        raise error

    return call


def test_a_run_is_a_span_in_the_trace_of_its_message(runner, told):
    opening, verdict = carry(runner, lambda: "done", carrier=OF_THE_MESSAGE, celery_id="an id")

    span = told.one()
    assert verdict == Carried("done")
    assert (span.name, span.kind) == ("run tasks.shop.close", SpanKind.CONSUMER)
    assert trace.format_trace_id(span.parent.trace_id) in MESSAGE
    assert trace.format_span_id(span.parent.span_id) in MESSAGE
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes) == {
        "hookbeat.entry": "tasks.shop.close@daily",
        "hookbeat.task": "tasks.shop.close",
        "hookbeat.due_at": "2026-03-10T12:00:00.000+00:00",
        "hookbeat.run": str(opening.run_id),
        "hookbeat.trigger": "schedule",
        "hookbeat.worker": "somewhere",
        "hookbeat.attempt": 1,
        "hookbeat.outcome": "succeeded",
        "messaging.system": "celery",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "default",
        "messaging.message.id": "an id",
    }


def test_what_is_no_text_costs_an_exporter_nothing(runner, told):
    with pytest.raises(ValueError, match="no"):
        runner.carry_out(an_opening(), raising(ValueError("no \ud83d")))

    (event,) = told.one().events
    assert event.attributes["exception.message"].encode() == b"ValueError: no \\ud83d"


def test_a_reason_is_told_without_its_passwords(runner, told):
    runner.carry_out(an_opening(), raising(SkippedError("token=hunter2hunter2")))

    assert told.one().attributes["hookbeat.reason"] == "skipped: token=***"


def test_spans_of_the_task_are_children_of_its_run(runner, told):
    def work():
        with trace.get_tracer("theirs").start_as_current_span("asks the catalogue"):
            pass

    carry(runner, work)

    assert is_child(told.one("asks"), told.one("run"))
    assert told.one("run").parent is None
    assert not trace.get_current_span().get_span_context().is_valid


def test_an_error_that_counts_as_nothing_is_one_all_the_same(runner, told):
    class NoErrorsError(Exception):
        def __len__(self):
            return 0

    with pytest.raises(NoErrorsError):
        runner.carry_out(an_opening(), raising(NoErrorsError()))

    span = told.one()
    assert span.attributes["hookbeat.outcome"] == "failed"
    assert span.status.status_code is StatusCode.ERROR


def test_what_a_task_raises_is_told_without_its_passwords(runner, told):
    with pytest.raises(ValueError, match="token"):
        runner.carry_out(an_opening(), raising(ValueError("token=hunter2hunter2")))

    span = told.one()
    (event,) = span.events
    assert span.attributes["hookbeat.outcome"] == "failed"
    assert span.status.status_code is StatusCode.ERROR
    assert event.name == "exception"
    assert event.attributes["exception.type"] == "ValueError"
    assert "in call" in event.attributes["exception.stacktrace"]
    assert "hunter2" not in span.to_json()


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(SoftTimeLimitExceeded(), "timed out"), (SkippedError("nothing to do"), "skipped")],
)
def test_other_outcomes_have_their_names(runner, told, error, outcome):
    try:
        runner.carry_out(an_opening(), raising(error))
    except SoftTimeLimitExceeded:
        assert outcome == "timed out"

    assert told.one().attributes["hookbeat.outcome"] == outcome


def test_each_attempt_has_a_span_and_the_record_knows_their_trace(runner, sessions, clock, told):
    twice = RunPolicy(retries=2, retry_backoff=timedelta(seconds=10))
    opening = an_opening(carrier=OF_THE_MESSAGE)
    with pytest.raises(GoesOnError):
        runner.carry_out(opening, raising(ValueError("no")), policy=twice)
    kept = row_of(sessions, opening).versions["trace"]
    clock.advance(timedelta(minutes=1))

    again = replace(opening, token=uuid.uuid4(), carrier={"traceparent": kept})
    runner.carry_out(again, lambda _: None, policy=twice)

    assert kept == MESSAGE
    spans = told.spans()
    said = [
        (span.attributes["hookbeat.attempt"], span.attributes["hookbeat.outcome"]) for span in spans
    ]
    assert said == [(1, "retrying"), (2, "succeeded")]
    assert [event.attributes["exception.type"] for event in spans[0].events] == ["ValueError"]
    assert len({span.context.trace_id for span in spans}) == 1


def test_a_run_without_a_message_begins_a_trace_that_its_record_names(runner, sessions, told):
    opening, _ = carry(runner, lambda: None)

    assert row_of(sessions, opening).versions["trace"] == traceparent(told.one())


def test_a_copy_that_comes_too_late_says_so(runner, told):
    opening, _ = carry(runner, lambda: None)
    runner.carry_out(replace(opening, token=uuid.uuid4()), lambda _: None)

    copy = told.spans()[-1]
    assert copy.attributes["hookbeat.outcome"] == "dropped"
    assert copy.attributes["hookbeat.reason"] == "already succeeded on somewhere"


def test_where_celery_is_instrumented_too_our_span_is_within_its_own(runner, told):
    tracer = told.provider.get_tracer("theirs")
    with tracer.start_as_current_span("run/tasks.shop.close"):
        carry(runner, lambda: None, carrier=OF_THE_MESSAGE)

    ours = told.one("run ")
    assert is_child(ours, told.one("run/"))
    # Theirs does not go on in the message's trace here, as with its option `use_span_links`.
    (link,) = ours.links
    assert trace.format_span_id(link.context.span_id) in MESSAGE


def test_log_lines_of_a_run_name_its_trace(settings, sessions, clock, told, caplog):
    with caplog.at_level(logging.INFO):
        carry(Runner(settings=settings, sessions=sessions, clock=clock), lambda: None)

    trace_id = trace.format_trace_id(told.one().context.trace_id)
    fields = [record.hookbeat for record in caplog.records if hasattr(record, "hookbeat")]
    assert {each.get("trace_id") for each in fields} == {trace_id}


def test_a_run_that_died_with_its_process_is_told_of_by_its_parent(told):
    opening = an_opening(carrier=OF_THE_MESSAGE)
    ending = Ending(
        outcome=Outcome.LOST, finished_at=NOON, reason="its process was ended by SIGKILL"
    )

    trace_end(opening, ending, began=1_000.5)

    span = told.one()
    assert span.start_time == 1_000_500_000_000
    assert trace.format_trace_id(span.parent.trace_id) in MESSAGE
    assert span.attributes["hookbeat.outcome"] == "lost"
    assert span.status.description == "its process was ended by SIGKILL"


def test_of_a_run_whose_process_is_being_killed_its_parent_alone_tells(runner, told, monkeypatch):
    monkeypatch.setattr(billiard.common, "_should_have_exited", [False])
    monkeypatch.setattr(billiard.common, "maybe_setsignal", lambda *_: None)

    def killed(_):
        billiard.common._shutdown_cleanup(signal.SIGTERM, None)

    with pytest.raises(SystemExit):
        runner.carry_out(an_opening(), killed)

    assert told.spans() == []
    assert not trace.get_current_span().get_span_context().is_valid


def test_headers_that_are_no_trace_harm_no_run(runner, told):
    for header in ("", "00-nonsense", 5, None, ["a"]):
        _, verdict = carry(runner, lambda: "done", carrier={"traceparent": header})
        assert verdict == Carried("done")

    assert json.loads(told.spans()[0].to_json())["parent_id"] is None
