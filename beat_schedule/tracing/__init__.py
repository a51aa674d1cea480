"""Traces of what is sent and run, where HOOKBEAT_TRACING asks for them.

Nothing of OpenTelemetry is imported until a process that traces sends its first message, or carries
out its first run. Tracing never stops either: what goes wrong with it is logged once.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from beat_schedule import logs
from beat_schedule.errors import Problem, SettingsError
from beat_schedule.settings import Settings

if TYPE_CHECKING:
    from .spans import Spans

__all__ = [
    "CURE",
    "LAST_WORDS",
    "attributes",
    "flush",
    "in_use",
    "prepare",
    "problems_of",
    "unusable",
    "use",
]

SETTING = "HOOKBEAT_TRACING"
#: Seconds in which the last spans are sent when a process ends.
LAST_WORDS = 3.0

_SPANS = "beat_schedule.tracing.spans"

CURE = "pip install 'hookbeat[tracing]'"

log = logs.logger("hookbeat.tracing")


class _Switch:
    """Of this process, as OpenTelemetry's own provider is; a forked child goes on with it."""

    settings: Settings | None = None
    spans: "Spans | None" = None
    is_tried = False

    def __init__(self) -> None:
        self.lock = threading.Lock()
        # A child that is forked in the middle would have half of what is imported, and the lock.
        os.register_at_fork(
            before=self.lock.acquire,
            after_in_parent=self.lock.release,
            after_in_child=self.lock.release,
        )


_switch = _Switch()


def use(settings: Settings) -> None:
    """Trace what this process sends and runs from now on, or nothing, as the settings say."""
    _switch.settings = settings if _is_asked_for(settings) else None
    _switch.spans, _switch.is_tried = None, False


def in_use() -> "Spans | None":
    """What makes spans; None where nobody asks for traces, or none can be made."""
    if _switch.settings is None or _switch.is_tried:
        return _switch.spans
    with _switch.lock:
        if not _switch.is_tried:
            _switch.spans = _made(_switch.settings)
            _switch.is_tried = True
    return _switch.spans


def unusable(settings: Settings) -> str:
    """Why traces that are asked for cannot be made; empty where they can, or nobody asks."""
    is_there = find_spec("opentelemetry") and find_spec("opentelemetry.sdk")
    if is_there or not _is_asked_for(settings):
        return ""
    return f"{SETTING} needs OpenTelemetry, which is not installed"


def problems_of(settings: Settings) -> Iterator[Problem]:
    """The same, for who looks for what is wrong with this machine."""
    if reason := unusable(settings):
        yield Problem("traces", reason, CURE)


def prepare() -> None:
    """Import what spans are made by, and make none: a provider may be set later."""
    with suppress(Exception):
        # It says so when the first span is made.
        import_module(_SPANS)


def flush(seconds: float) -> None:
    """Send what waits to be sent, for so long at most; of a process that is about to end."""
    if _switch.spans:
        thread = threading.Thread(target=_switch.spans.flush, name="hookbeat-traces", daemon=True)
        thread.start()
        thread.join(seconds)


def attributes(
    *, entry: str, task: str, due_at: str, run: str, trigger: str, operation: str, queue: str = ""
) -> dict[str, str | int]:
    """What each of our spans says; names that OpenTelemetry has are its own."""
    said: dict[str, str | int] = {
        "hookbeat.entry": entry,
        "hookbeat.task": task,
        "hookbeat.due_at": due_at,
        "hookbeat.run": run,
        "hookbeat.trigger": trigger,
        "messaging.system": "celery",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
    }
    return {**said, "messaging.destination.name": queue} if queue else said


def _is_asked_for(settings: Settings) -> bool:
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return settings.tracing and not is_off


def _made(settings: Settings) -> "Spans | None":
    if reason := unusable(settings):
        log.error("tracing.unusable", reason=reason, cure=CURE)
        return None
    try:
        made: Spans = import_module(_SPANS).spans_of(settings)
    except SettingsError as error:
        for problem in error.problems:
            reason = f"{problem.place}: {problem.reason}"
            log.error("tracing.unusable", reason=reason, cure=problem.cure)  # noqa: TRY400
        return None
    except Exception as error:
        log.exception("tracing.unusable", reason=f"{type(error).__name__}: {error}", cure="")
        return None
    return made
