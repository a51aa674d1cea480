"""One trace from a real beat to a real worker, as OTEL_* variables ask for it."""

import json
import os
from typing import Any

import pytest

from tests.system.installation import Installation, Process

JOBS = '''
"""Jobs of which a trace tells."""

import os
import signal


def work():
    from opentelemetry import trace

    with trace.get_tracer("theirs").start_as_current_span("asks the catalogue"):
        pass


def fail_once(context):
    if context.attempt == 1:
        raise ValueError("no catalogue")


def die(context):
    os.kill(os.getpid(), signal.SIGKILL)
'''

HOOKS = """
scheduler_events = {
    "every": {"1s": [{"task": "traced.work", "overlap": "allow"}]},
    "yearly": [
        {"task": "traced.fail_once", "retries": 2, "retry_backoff": "1s"},
        {"task": "traced.die", "on_lost": "fail"},
    ],
}
"""

TOLD = {
    "HOOKBEAT_TRACING": "true",
    "OTEL_TRACES_EXPORTER": "console",
    "OTEL_BSP_SCHEDULE_DELAY": "100",
}


@pytest.fixture
def project(installation: Installation) -> Installation:
    installation.write("traced.py", JOBS)
    installation.write("hooks.py", HOOKS)
    installation.environ |= TOLD
    return installation


def spans(said: str, name: str = "") -> list[dict[str, Any]]:
    """What the console's exporter printed between the lines of the log."""
    found, decoder, at = [], json.JSONDecoder(), 0
    while (at := said.find('{\n    "name": ', at)) >= 0:
        try:
            span, at = decoder.raw_decode(said, at)
        except json.JSONDecodeError:
            # The rest of it is still to come.
            break
        found.append(span)
    return [span for span in found if span["name"].startswith(name)]


def of(span: dict[str, Any], name: str) -> Any:
    return span["attributes"].get(f"hookbeat.{name}")


def by_entry(process: Process, name: str, entry: str) -> list[dict[str, Any]]:
    return [span for span in spans(process.said, name) if of(span, "entry") == entry]


def test_a_due_time_is_one_trace_from_the_beat_to_what_its_task_did(project, wait_until):
    beat, worker = project.start_beat(), project.start_worker()

    theirs = wait_until(lambda: spans(worker.said, "asks the catalogue"), within=60)[0]
    trace_id = theirs["context"]["trace_id"]

    def same(process: Process, name: str) -> list[dict[str, Any]]:
        return [
            each for each in spans(process.said, name) if trace_id == each["context"]["trace_id"]
        ]

    (ran,) = wait_until(lambda: same(worker, "run "))
    (sent,) = wait_until(lambda: same(beat, "send "))
    assert theirs["parent_id"] == ran["context"]["span_id"]
    assert ran["parent_id"] == sent["context"]["span_id"]
    assert sent["parent_id"] is None
    assert of(sent, "run") == of(ran, "run")
    assert (of(sent, "due_at"), of(ran, "outcome")) == (of(ran, "due_at"), "succeeded")
    assert sent["resource"]["attributes"]["service.name"] == "hookbeat"
    # Each child of the pool has its own, and the last are sent when it ends.
    assert worker.stop() == 0
    assert beat.stop() == 0
    assert "Traceback" not in project.said()


def test_a_run_by_hand_and_its_next_attempt_are_one_trace(project, wait_until):
    project.start_beat()
    worker = project.start_worker()
    asked = project.run("hookbeat", "run", "traced.fail_once@yearly")

    attempts = wait_until(
        lambda: len(found := by_entry(worker, "run ", "traced.fail_once@yearly")) > 1 and found,
        within=60,
    )

    (sent,) = spans(asked.stdout)
    assert of(sent, "trigger") == "manual"
    assert [(of(span, "attempt"), of(span, "outcome")) for span in attempts] == [
        (1, "retrying"),
        (2, "succeeded"),
    ]
    assert attempts[0]["events"][0]["attributes"]["exception.message"] == "ValueError: no catalogue"
    traces = {span["context"]["trace_id"] for span in [sent, *attempts]}
    assert len(traces) == 1
    (run,) = project.runs("--entry", "traced.fail_once@yearly")
    trace_id = traces.pop().removeprefix("0x")
    assert trace_id in run["versions"]["trace"]
    assert trace_id in project.run("hookbeat", "logs", run["id"]).stdout


def test_a_run_whose_process_is_killed_is_told_of_all_the_same(project, wait_until):
    worker = project.start_worker()
    project.run("hookbeat", "run", "traced.die@yearly")

    span = wait_until(lambda: by_entry(worker, "run ", "traced.die@yearly"), within=60)[0]

    assert of(span, "outcome") == "lost"
    assert "SIGKILL" in span["status"]["description"]


def test_where_the_extra_is_missing_all_runs_and_it_is_said(project, wait_until):
    # Without what is below it, it is as if it were not installed.
    (project.folder / "instead" / "opentelemetry").mkdir(parents=True)
    project.write("instead/opentelemetry/__init__.py", "")
    path = [str(project.folder / "instead"), project.environ.get("PYTHONPATH", "")]
    project.environ["PYTHONPATH"] = os.pathsep.join(path)
    project.write("hooks.py", 'scheduler_events = {"every": {"1s": ["jobs.trace"]}}\n')
    beat, worker = project.start_beat(), project.start_worker()

    wait_until(project.ran, within=60)

    for process in (beat, worker):
        assert "tracing.unusable" in process.said
        assert "pip install 'hookbeat[tracing]'" in process.said
        assert "Traceback" not in process.said


INSTRUMENTED = """
from celery.signals import worker_process_init, beat_init
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor


def instrument(**_):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    trace.set_tracer_provider(provider)
    CeleryInstrumentor().instrument(tracer_provider=provider)


worker_process_init.connect(instrument, weak=False)
beat_init.connect(instrument, weak=False)
"""


def test_a_project_s_own_provider_and_celery_s_instrumentation_go_on_beside_ours(
    project, wait_until
):
    project.write("traced.py", JOBS + INSTRUMENTED)
    beat, worker = project.start_beat(), project.start_worker()

    theirs = wait_until(lambda: spans(worker.said, "run/traced.work"), within=60)[0]
    trace_id = theirs["context"]["trace_id"]
    ours = next(
        span for span in spans(worker.said, "run ") if span["context"]["trace_id"] == trace_id
    )

    assert ours["parent_id"] == theirs["context"]["span_id"]
    sent = wait_until(
        lambda: [s for s in spans(beat.said, "send ") if s["context"]["trace_id"] == trace_id]
    )
    assert sent[0]["parent_id"] is None
    assert "Traceback" not in project.said()
