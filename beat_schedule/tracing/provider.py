"""Where spans go: to the user's own provider, or to one that OTEL_* variables describe."""

import atexit
import os
import threading
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from beat_schedule.errors import Problem, SettingsError
from beat_schedule.settings import Settings

from . import LAST_WORDS

#: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
EXPORTER = "OTEL_TRACES_EXPORTER"
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

#: By protocol, the name under which a package offers its exporter; what is asked for first.
OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}

_OFFERED = "opentelemetry_traces_exporter"


def provider_of(settings: Settings) -> trace.TracerProvider:
    """The one that is set already, or else one that is set now.

    Raises SettingsError for an exporter that is not installed, and what exporters raise.
    """
    provider = trace.get_tracer_provider()
    if not isinstance(provider, trace.ProxyTracerProvider):
        return provider
    made = _of_environment(settings)
    trace.set_tracer_provider(made)
    return made


def _of_environment(settings: Settings) -> TracerProvider:
    # Sampler, limits and batches the SDK reads from the environment itself.
    provider = TracerProvider(resource=_resource(settings), shutdown_on_exit=False)
    for name in os.environ.get(EXPORTER, "otlp").split(","):
        if exporter := _exporter(name.strip()):
            provider.add_span_processor(BatchSpanProcessor(exporter))
    _end_in_time(provider.shutdown)
    return provider


def _end_in_time(shutdown: Callable[[], object]) -> None:
    """Send what waits when this process ends; a collector that is away must not hold it up.

    The SDK itself would wait for as long as its exporter tries, and no thread can be started then.
    """
    ends = threading.Event()

    def end() -> None:
        ends.wait()
        shutdown()

    thread = threading.Thread(target=end, name="hookbeat-traces", daemon=True)
    thread.start()

    def leave() -> None:
        ends.set()
        thread.join(LAST_WORDS)

    atexit.register(leave)


def _resource(settings: Settings) -> Resource:
    ours = {SERVICE_NAME: "hookbeat", "deployment.environment.name": settings.environment}
    if settings.version:
        ours["service.version"] = settings.version
    said = Resource.create()
    is_named = not str(said.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
    known = {name for name in said.attributes if name != SERVICE_NAME or is_named}
    return said.merge(Resource({name: value for name, value in ours.items() if name not in known}))


def _exporter(name: str) -> Any:
    """What is offered under that name; None for `none`."""
    if name in {"", "none"}:
        return None
    offered = {each.name: each for each in entry_points(group=_OFFERED)}
    wanted = _otlp(offered) if name == "otlp" else name
    if wanted not in offered:
        reason = f"names {name!r}, and no such exporter is installed"
        cure = "pip install 'hookbeat[otlp]', or set it to console or none"
        raise SettingsError([Problem(EXPORTER, reason, cure)])
    return offered[wanted].load()()


def _otlp(offered: dict[str, Any]) -> str:
    """By the protocol that is asked for; else whichever is installed."""
    said = next((os.environ[name] for name in PROTOCOLS if os.environ.get(name)), "")
    if said:
        return OTLP.get(said.strip(), said)
    return next((name for name in OTLP.values() if name in offered), "otlp")
