"""How we log: an event name and its fields, one line an event, through the standard `logging`.

Loggers made here work in any process: the standard record carries a readable text, and the fields
beside it. Only a process of our own calls `configure`; in a guest's nothing is set up.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from beat_schedule import urls
from beat_schedule.masks import MASK, masked
from beat_schedule.settings import SECRETS, Settings

#: Binds fields to every line of a block, whoever logs it.
bound = structlog.contextvars.bound_contextvars

#: The attribute of a standard record that carries event and fields.
FIELDS = "hookbeat"

#: A shorter password would be found in ordinary words.
SHORTEST_SECRET = 4

#: Where what a library says goes; also in threads that it starts for us.
_ear: ContextVar[list[str] | None] = ContextVar("hookbeat_ear", default=None)

#: Whoever knows one of these URLs can use it.
_KEYS = ("alerts", "beat_ping")

#: What every standard record has; `data` is Celery's, and repeats its message.
_STANDARD_ATTRIBUTES = {
    *vars(logging.makeLogRecord({})),
    "message",
    "asctime",
    "taskName",
    "data",
}


def logger(name: str) -> FilteringBoundLogger:
    """A logger of events: `logger("hookbeat.run").info("run.started", attempt=1)`."""
    made: FilteringBoundLogger = structlog.wrap_logger(
        logging.getLogger(name), **_structure(logging.DEBUG)
    )
    return made


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Log to `stream` (stderr), for people or as JSON lines; for processes of our own alone."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter(_renderer(settings, stream), without_secrets(settings)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # It tells how it works, not what it does.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    structlog.configure(
        logger_factory=structlog.stdlib.LoggerFactory(), **_structure(logging.DEBUG)
    )


def without_secrets(settings: Settings) -> Callable[[str], str]:
    """What takes the passwords of the settings, and URLs that are keys, out of a text.

    And of those that it does not know what looks like one.
    """
    said = {field: getattr(settings, field) for field in SECRETS}
    secrets = [
        secret
        for field, value in said.items()
        if value is not None
        for secret in _secrets_in(value.get_secret_value(), is_key=field in _KEYS)
    ]

    def hidden(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, MASK)
        return masked(text)

    return hidden


@contextmanager
def overheard(library: str) -> Iterator[list[str]]:
    """What a library complains of meanwhile, for us; nobody else hears what it says.

    It is ours to tell, and may name URLs that are keys.
    """
    said: list[str] = []

    def hear(record: logging.LogRecord) -> bool:
        if _ear.get() is not said:
            return True
        if record.levelno >= logging.WARNING:
            said.append(record.getMessage())
        return False

    logger = logging.getLogger(library)
    logger.addFilter(hear)
    token = _ear.set(said)
    try:
        yield said
    finally:
        _ear.reset(token)
        logger.removeFilter(hear)


class Formatter(logging.Formatter):
    """Renders our events and everybody else's records alike."""

    def __init__(self, render: Callable[..., str | bytes], hide: Callable[[str], str]) -> None:
        super().__init__()
        self._render = render
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        event = getattr(record, FIELDS, None) or _event_of(record)
        fields: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "event": event["event"],
            "logger": record.name,
            **structlog.contextvars.get_contextvars(),
            **event,
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return self._hide(str(self._render(None, "", fields)))


def as_text(event: Mapping[str, Any]) -> str:
    """An event as people read it: its name, then its fields."""
    fields = [f"{name}={value!r}" for name, value in event.items() if name != "event"]
    return " ".join([str(event.get("event", "")), *fields])


def _structure(level: int) -> dict[str, Any]:
    return {
        "processors": [structlog.contextvars.merge_contextvars, _for_logging],
        "wrapper_class": structlog.make_filtering_bound_logger(level),
        "cache_logger_on_first_use": False,
    }


def _for_logging(_logger: Any, _method: str, event: EventDict) -> tuple[tuple[str], dict[str, Any]]:
    """The call of a standard logger that says this event."""
    exc_info = event.pop("exc_info", None)
    # What is bound around a run says the same on each of its lines: it is a field, not text.
    context = structlog.contextvars.get_contextvars()
    own = {name: value for name, value in event.items() if context.get(name) != value}
    return (as_text(own),), {"extra": {FIELDS: dict(event)}, "exc_info": exc_info}


def _event_of(record: logging.LogRecord) -> dict[str, Any]:
    """A standard record: its message, and what its `extra` says."""
    extra = {
        name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES
    }
    return {"event": record.getMessage(), **extra}


def _renderer(settings: Settings, stream: TextIO) -> Callable[..., str | bytes]:
    on_terminal = stream.isatty()
    if settings.log_format == "json" or (settings.log_format == "auto" and not on_terminal):
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=on_terminal)


def _secrets_in(url: str, *, is_key: bool) -> list[str]:
    """The longest first: one may be a part of another."""
    if is_key:
        forms = {secret for each in urls.alert_urls(url) for secret in urls.secrets_in(each)}
    else:
        forms = {urlsplit(url).password or ""}
    forms |= {unquote(form) for form in forms}
    return sorted((each for each in forms if len(each) >= SHORTEST_SECRET), key=len, reverse=True)
