"""The options that say how a run is guarded, repeated and watched."""

import builtins
import enum
import re
from datetime import timedelta

from beat_schedule import urls
from beat_schedule.errors import suggestion
from beat_schedule.events import Event
from beat_schedule.policies import Log
from beat_schedule.settings import Settings

from .readers import interval, switch, whole, word
from .report import RefusedError, known, shown

_MOST_RETRIES = 100
_MOST_RERUNS = 10
_MOST_FAILURES = 1000
_LONGEST_URL = 2000

_RERUN = re.compile(r"rerun:([0-9]{1,2})")
#: What the record and the environment can hold, and a list with commas can tell apart.
_NAME = re.compile(r"[^\s,]{1,100}")
_EXCEPTION = re.compile(r"([^\s.:/\\]+\.)*[^\W\d]\w*")
#: What needs no module to be named, by each of its names; nothing that ends a process.
_BUILT_IN = {
    name: kind.__qualname__
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
}
_EXCEPTIONS = "write the dotted path of an exception, or a list: 'requests.Timeout'"


def read_retries(value: object, _event: Event, _settings: Settings) -> int:
    return whole("retries", value, 0, _MOST_RETRIES)


def read_retry_backoff(value: object, _event: Event, _settings: Settings) -> timedelta:
    return interval("retry_backoff", value)


def read_retry_on(value: object, _event: Event, _settings: Settings) -> tuple[str, ...]:
    """The names as they are written: whether they name exceptions, only an import tells."""
    said = value if isinstance(value, list | tuple) else [value]
    if not said:
        raise RefusedError("retry_on is empty", "leave it out to try again after any failure")
    return tuple(_exception(known(each)) for each in said)


def read_on_lost(value: object, _event: Event, _settings: Settings) -> int:
    """How many attempts that died with their worker are made again."""
    if value == "fail":
        return 0
    matched = _RERUN.fullmatch(value) if isinstance(value, str) else None
    if matched and int(matched[1]) <= _MOST_RERUNS:
        return int(matched[1])
    cure = f"write 'rerun:2' (0 to {_MOST_RERUNS} times more), or 'fail'"
    raise RefusedError(f"on_lost is {shown(value)}", cure)


def read_feature(value: object, _event: Event, _settings: Settings) -> str:
    return _name("feature", value.name if isinstance(value, enum.Enum) else value)


def read_environments(value: object, _event: Event, _settings: Settings) -> tuple[str, ...]:
    said = value if isinstance(value, list | tuple) else [value]
    if not said:
        raise RefusedError("environments is empty", "leave it out to run in any")
    return tuple(dict.fromkeys(_name("environments", known(each)) for each in said))


def read_even_in_maintenance(value: object, _event: Event, _settings: Settings) -> bool:
    return switch("even_in_maintenance", value)


def read_expect_within(value: object, _event: Event, _settings: Settings) -> timedelta:
    return interval("expect_within", value)


def read_alert_after(value: object, _event: Event, _settings: Settings) -> int:
    return whole("alert_after", value, 1, _MOST_FAILURES)


def read_ping(value: object, _event: Event, _settings: Settings) -> str:
    """The URL; a complaint never quotes it: whoever knows it can use it."""
    cure = "write it as 'https://hc-ping.com/UUID'"
    if not isinstance(value, str):
        raise RefusedError(f"ping is no text: its type is {type(value).__name__}", cure)
    if len(value) > _LONGEST_URL:
        raise RefusedError(f"ping has more than {_LONGEST_URL} characters")
    try:
        return urls.http_url(value)
    except ValueError as error:
        raise RefusedError(f"ping: {error}", cure) from None


def read_log(value: object, _event: Event, _settings: Settings) -> Log:
    return word("log", value, Log)


def _name(option: str, value: object) -> str:
    if isinstance(value, str) and _NAME.fullmatch(value) and value.isprintable():
        return value
    what = "a name" if option == "feature" else "names"
    cure = f"write {what} of 1 to 100 characters without blanks and commas"
    raise RefusedError(f"{option} has {shown(value)}", cure)


def _exception(value: object) -> str:
    if isinstance(value, type):
        raise RefusedError(f"retry_on has {shown(value)}", f"write {_path_of(value)!r}, as text")
    if not isinstance(value, str) or not _EXCEPTION.fullmatch(value):
        raise RefusedError(f"retry_on has {shown(value)}", _EXCEPTIONS)
    if "." in value:
        return value
    if value not in _BUILT_IN:
        hint = suggestion(value, _BUILT_IN) or f"write its dotted path: 'module.{value}'"
        raise RefusedError(f"retry_on has {value!r}, which is no exception of Python's", hint)
    return _BUILT_IN[value]


def _path_of(kind: type) -> str:
    path = f"{kind.__module__}.{kind.__qualname__}"
    return path.removeprefix("builtins.")
