"""What a handler may say besides its task: one reader for each option."""

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from beat_schedule.errors import suggestion
from beat_schedule.events import Event
from beat_schedule.policies import CatchUp, Log, Overlap
from beat_schedule.schedules import Dst
from beat_schedule.settings import Settings

from .handlers import Handler
from .how import read_args, read_kwargs, read_priority, read_queue, read_timeout
from .late import (
    read_catch_up,
    read_catch_up_limit,
    read_catch_up_window,
    read_expires,
    read_overlap,
    read_spread,
    read_tracked,
)
from .report import RefusedError, Report, Unknown, UnknownError, known, shown
from .running import (
    read_alert_after,
    read_environments,
    read_even_in_maintenance,
    read_expect_within,
    read_feature,
    read_log,
    read_on_lost,
    read_ping,
    read_retries,
    read_retry_backoff,
    read_retry_on,
)
from .when import read_at, read_dst, read_moment, read_on, read_timezone

#: The record keeps names and texts of at most this many characters.
LONGEST_NAME = 300
LONGEST_TEXT = 2000

#: What a name has to be.
NAME = f"1 to {LONGEST_NAME} printable characters, no space at either end"


#: Folders and files may have names that are no identifiers and import all the same.
_PATH = re.compile(r"([^\s.:/\\]+\.)+[^\W\d]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One handler, checked piece by piece."""

    task: str = ""
    name: str = ""
    #: Keys that it had before.
    formerly: tuple[str, ...] = ()
    at: tuple[time, ...] = ()
    #: A field of a cron line: `mon`, `15` or `L`.
    on: str = ""
    timezone: str = ""
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    queue: str = ""
    priority: int | None = None
    timeout: timedelta | None = None
    catch_up: CatchUp | None = None
    catch_up_limit: int | None = None
    catch_up_window: timedelta | None = None
    overlap: Overlap | None = None
    #: The span within which the entry gets an offset of its own.
    spread: timedelta | None = None
    #: Without a zone by the entry's clock; a date is the whole day.
    not_before: date | None = None
    not_after: date | None = None
    dst: Dst | None = None
    expires: timedelta | None = None
    tracked: bool = True
    retries: int | None = None
    retry_backoff: timedelta | None = None
    retry_on: tuple[str, ...] = ()
    #: How many attempts that died with their worker are made again.
    on_lost: int | None = None
    feature: str = ""
    environments: tuple[str, ...] = ()
    even_in_maintenance: bool = False
    expect_within: timedelta | None = None
    alert_after: int | None = None
    ping: str = field(default="", repr=False)
    log: Log | None = None
    description: str = ""
    owner: str = ""
    runbook: str = ""
    #: False after a complaint: what is here is right, but something is left out.
    is_whole: bool = True


def read_options(handler: Handler, settings: Settings, report: Report) -> Options:
    """The handler's options, and a complaint about each that cannot be used."""
    place, said = handler.place, handler.said
    if isinstance(said, str):
        said = {"task": said}
    elif not isinstance(said, Mapping):
        report.problem(
            place,
            f"{shown(said)} is no handler",
            "write a dotted path such as 'tasks.library.daily', or a dict with 'task'",
        )
        return Options(is_whole=False)
    if "task" not in said and not any(isinstance(name, Unknown) for name in said):
        report.problem(place, "says no task", "add 'task': 'module.function'")
    values: dict[str, Any] = {}
    for name, value in said.items():
        where = place if name == "task" else handler.option(name)
        try:
            option = _option(name)
            values[option] = READERS[option](known(value), handler.event, settings)
        except RefusedError as refused:
            report.problem(where, refused.reason, refused.cure)
        except UnknownError as error:
            report.not_checked(where, error.unknown)
    is_whole = "task" in values and len(values) == len(said)
    return Options(**values, is_whole=is_whole)


def _option(name: object) -> str:
    if isinstance(name, Unknown):
        raise UnknownError(name)
    if isinstance(name, str) and name in READERS:
        return name
    hint = suggestion(name.lower(), READERS) if isinstance(name, str) else ""
    raise RefusedError(f"unknown option {shown(name)}", hint or f"options are {', '.join(READERS)}")


def _task(value: object, _event: Event, _settings: Settings) -> str:
    if not isinstance(value, str):
        raise RefusedError(
            f"task is {shown(value)}", "name the function by its dotted path, as text"
        )
    if _PATH.fullmatch(value) and not keyword.iskeyword(value.rpartition(".")[2]):
        if len(value) > LONGEST_NAME:
            raise RefusedError(f"task has more than {LONGEST_NAME} characters")
        return value
    mended = value.strip().removesuffix("()").replace(":", ".")
    cure = f"did you mean {mended!r}?" if mended != value else "write it as module.function"
    raise RefusedError(f"{shown(value)} is no dotted path", cure)


def _name(value: object, _event: Event, _settings: Settings) -> str:
    text = _text("name", value)
    if not is_name(text):
        raise RefusedError(f"{shown(value)} cannot be a name", NAME)
    return text


def is_name(value: object) -> bool:
    """Whether an entry can have that name."""
    if not isinstance(value, str) or value != value.strip():
        return False
    return value.isprintable() and 1 <= len(value) <= LONGEST_NAME


def _formerly(value: object, event: Event, settings: Settings) -> tuple[str, ...]:
    names = value if isinstance(value, list | tuple) else [value]
    if not names or not all(isinstance(known(each), str) for each in names):
        raise RefusedError(
            f"formerly is {shown(value)}", "write the key that it had before, or a list of them"
        )
    return tuple(dict.fromkeys(_name(each, event, settings) for each in names))


def _words(option: str) -> Callable[[object, Event, Settings], str]:
    def read(value: object, _event: Event, _settings: Settings) -> str:
        text = _text(option, value)
        if len(text) > LONGEST_TEXT:
            raise RefusedError(f"{option} has more than {LONGEST_TEXT} characters")
        return text

    return read


def _text(option: str, value: object) -> str:
    if not isinstance(value, str):
        raise RefusedError(f"{option} is {shown(value)}", "write text")
    return value


#: Every option there is, and what makes sense of its value.
READERS: Mapping[str, Callable[[object, Event, Settings], Any]] = {
    "task": _task,
    "name": _name,
    "formerly": _formerly,
    "at": read_at,
    "on": read_on,
    "timezone": read_timezone,
    "args": read_args,
    "kwargs": read_kwargs,
    "queue": read_queue,
    "priority": read_priority,
    "timeout": read_timeout,
    "catch_up": read_catch_up,
    "catch_up_limit": read_catch_up_limit,
    "catch_up_window": read_catch_up_window,
    "overlap": read_overlap,
    "spread": read_spread,
    "not_before": read_moment("not_before"),
    "not_after": read_moment("not_after"),
    "dst": read_dst,
    "expires": read_expires,
    "tracked": read_tracked,
    "retries": read_retries,
    "retry_backoff": read_retry_backoff,
    "retry_on": read_retry_on,
    "on_lost": read_on_lost,
    "feature": read_feature,
    "environments": read_environments,
    "even_in_maintenance": read_even_in_maintenance,
    "expect_within": read_expect_within,
    "alert_after": read_alert_after,
    "ping": read_ping,
    "log": read_log,
    "description": _words("description"),
    "owner": _words("owner"),
    "runbook": _words("runbook"),
}
