"""Where spans go that nobody has a provider of his own for, as OTEL_* variables say it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.util._once import Once

from beat_schedule import tracing
from beat_schedule.errors import SettingsError
from beat_schedule.settings import Settings
from beat_schedule.tracing.provider import provider_of
from tests.http_sink import HttpSink
from tests.servers import CLOCK

ASKED = Settings(tracing=True, environment="production", version="4f2a")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """A process in which no provider is set; what is given stands in its environment."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())

    def environment(**said: str) -> None:
        for name, value in said.items():
            monkeypatch.setenv(name, value)

    yield environment
    tracing.use(Settings())
    if isinstance(trace._TRACER_PROVIDER, TracerProvider):
        trace._TRACER_PROVIDER.shutdown()


def exported(sink: HttpSink) -> list[tuple[dict[str, str], str]]:
    """Of each span the resource and the name."""
    found = []
    for asked in sink.requests:
        request = ExportTraceServiceRequest()
        request.ParseFromString(asked.text.encode(errors="surrogateescape"))
        for group in request.resource_spans:
            resource = {each.key: each.value.string_value for each in group.resource.attributes}
            names = [span.name for scope in group.scope_spans for span in scope.spans]
            found += [(resource, name) for name in names]
    return found


def send(name: str) -> None:
    spans = tracing.in_use()
    assert spans
    sending = spans.sending(name, {})
    assert sending
    sending.sent()
    tracing.flush(5)


def test_they_go_to_the_collector_that_the_environment_names(environment, http_sink):
    environment(OTEL_EXPORTER_OTLP_ENDPOINT=http_sink.url)
    tracing.use(ASKED)

    send("send tasks.loans")

    ((resource, name),) = exported(http_sink)
    assert http_sink.paths == ["/v1/traces"]
    assert name == "send tasks.loans"
    assert resource["service.name"] == "hookbeat"
    assert resource["deployment.environment.name"] == "production"
    assert resource["service.version"] == "4f2a"


def test_what_the_environment_says_of_the_service_goes_before_ours(environment, http_sink):
    environment(
        OTEL_EXPORTER_OTLP_ENDPOINT=http_sink.url,
        OTEL_SERVICE_NAME="loans-beat",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=blue",
    )
    tracing.use(ASKED)

    send("send tasks.loans")

    ((resource, _),) = exported(http_sink)
    assert resource["service.name"] == "loans-beat"
    assert resource["deployment.environment.name"] == "blue"


def test_what_is_made_is_everybody_s_provider(environment, http_sink):
    environment(OTEL_EXPORTER_OTLP_ENDPOINT=http_sink.url)
    tracing.use(ASKED)
    tracing.in_use()

    trace.get_tracer("theirs").start_span("asks the catalogue").end()
    tracing.flush(5)

    assert [name for _, name in exported(http_sink)] == ["asks the catalogue"]


@pytest.mark.parametrize("exporter", ["none", "", " none "])
def test_none_tells_nobody(environment, exporter):
    environment(OTEL_TRACES_EXPORTER=exporter)

    provider = provider_of(ASKED)

    assert provider._active_span_processor._span_processors == ()


@pytest.mark.parametrize(
    "said",
    [
        {"OTEL_TRACES_EXPORTER": "zipkinn"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "carrier-pigeon"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
)
def test_an_exporter_that_is_not_there_is_told_of_once_and_stops_nothing(environment, caplog, said):
    environment(**said)
    with pytest.raises(SettingsError, match="no such exporter is installed"):
        provider_of(ASKED)

    tracing.use(ASKED)
    assert (tracing.in_use(), tracing.in_use()) == (None, None)

    (record,) = caplog.records
    assert record.hookbeat["event"] == "tracing.unusable"
    assert record.hookbeat["cure"] == "pip install 'hookbeat[otlp]', or set it to console or none"
    assert record.exc_info is None


def test_a_collector_that_is_silent_holds_up_an_end_no_longer_than_is_allowed(
    environment, http_sink
):
    http_sink.silent = True
    environment(OTEL_EXPORTER_OTLP_ENDPOINT=http_sink.url)
    tracing.use(ASKED)
    spans = tracing.in_use()
    spans.sending("send tasks.loans", {}).sent()

    tracing.flush(0.2)

    assert http_sink.paths in ([], ["/v1/traces"])
    http_sink.hang_up()


def test_the_sdk_s_own_switch_is_obeyed(environment):
    environment(OTEL_SDK_DISABLED="true")
    tracing.use(ASKED)

    assert tracing.in_use() is None


def test_the_doctor_is_told_what_is_missing_where_traces_are_asked_for(monkeypatch):
    assert list(tracing.problems_of(ASKED)) == []

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)

    (problem,) = tracing.problems_of(ASKED)
    assert problem.cure == "pip install 'hookbeat[tracing]'"
    assert list(tracing.problems_of(Settings())) == []


def test_a_process_that_is_not_asked_imports_nothing_for_it():
    code = (
        "import sys; import worker.celery; from beat_schedule import tracing; "
        "assert tracing.in_use() is None; "
        "print(*(name for name in sys.modules if name.startswith('beat_schedule.tracing.')))"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == ""


def test_a_process_ends_in_time_although_its_collector_is_silent(http_sink):
    http_sink.silent = True
    code = (
        "from beat_schedule import tracing; from beat_schedule.settings import Settings; "
        "tracing.use(Settings(tracing=True)); "
        "spans = tracing.in_use(); spans.sending('send tasks.loans', {}).sent()"
    )
    environ = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": http_sink.url}

    began = CLOCK.monotonic()
    subprocess.run([sys.executable, "-c", code], env=environ, check=True)

    # The exporter would try for 10 s.
    assert CLOCK.monotonic() - began < tracing.LAST_WORDS + 5
    assert http_sink.paths == ["/v1/traces"]
