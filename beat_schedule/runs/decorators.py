"""Decorators of tasks: the context as first argument, the standard log line, a feature.

In whatever order they stand, they become one: first the feature is looked at, then the line is
written, then the function is called with its context.
"""

import enum
import inspect
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from beat_schedule import logs
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.features import Features, name_of
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_readers
from beat_schedule.store.features import states
from beat_schedule.store.unusable import unusable
from beat_schedule.translate.arguments import GIVES_CONTEXT

from .context import RunContext
from .current import Current, current
from .marks import Marks, is_ours, mark, marks_at, marks_of
from .toggles import toggles_of
from .verdict import SkippedError

Function = TypeVar("Function", bound=Callable[..., Any])

log = logs.logger("hookbeat.run")

#: Writes the standard line, which is a text and no event with fields: monitoring reads it as it is.
_standard = logging.getLogger("hookbeat.cron")

_FIRST = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
)


def cron_context(function: Function) -> Function:
    """Give the function the context of its run as first argument.

    Whoever calls it, by hooks or plainly, leaves that argument out, or gives a context himself. On
    a plain call outside of any run it gets a `NoRun`. Raises TypeError for a function that takes
    no argument, and for a method.
    """
    first = _first_of(function)
    if first is None:
        raise TypeError(f"{_name(function)} takes no argument: cron_context has none to fill")
    if first.name == "self":
        raise TypeError(f"{_name(function)} is a method: let it ask for `context` by that name")
    return _decorated(function, takes_context=True)


#: As one of the examples has it that this is made after.
cron_required = cron_context


def log_cron(function: Function) -> Function:
    """Log `type=cron name=… status=started`, then `ended`, `failed` or `skipped` and `duration=…`.

    The name is the function's own, the duration is in seconds. A skipped run has no other line.
    """
    return _decorated(function, is_logged=True)


def cron_require_feature(feature: enum.Enum | str) -> Callable[[Function], Function]:
    """Call the function only while the feature is on; otherwise it is skipped.

    A run whose function it is does not start, or ends as skipped. Any other call returns None and
    logs why. In a run the features count as they stood when it began; a plain call asks the
    database, and raises StoreError, SettingsError where it cannot.
    """
    name = name_of(feature)

    def decorate(function: Function) -> Function:
        marks = marks_of(function)
        more = (name, *(marks.features if marks else ()))
        disorder = _disorder(function, marks, name)
        return _decorated(function, features=more, disorder=disorder)

    return decorate


class NoRun:
    """Stands for the context of a run where there is none: all that it can do is to say so."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"there is no context.{name}: this call is part of no run; give it a context as first "
            "argument, or run it: hookbeat run NAME --inline"
        )


def tell_skipped(path: str) -> None:
    """Write the standard line of a run that a guard kept from starting, if its task has one."""
    marks = marks_at(path)
    if marks and marks.tells:
        _say(_name(marks.function), "skipped", 0)


def _decorated(function: Function, **changes: Any) -> Function:
    _refuse_what_does_not_run_when_called(function)
    before = marks_of(function)
    if before and is_ours(function):
        return cast("Function", _wrapper(replace(before, **changes)))
    # Somebody else's stands between: it keeps its place, and what is required counts from here on.
    made = Marks(
        function=function,
        features=before.features if before else (),
        disorder=before.disorder if before else "",
        is_logged_below=before is not None and before.tells,
    )
    return cast("Function", _wrapper(replace(made, **changes)))


def _wrapper(marks: Marks) -> Callable[..., Any]:
    function = marks.function

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = current()
        if reason := _objection(marks, run):
            return _skipped(marks, run, reason)
        if marks.takes_context and not _is_given(function, args, kwargs, run):
            args = (run.context if run else NoRun(), *args)
        if marks.is_logged:
            return _logged(function, args, kwargs, run)
        return function(*args, **kwargs)

    if marks.takes_context:
        wrapper.__signature__ = _without_first(function)  # type: ignore[attr-defined]
        setattr(wrapper, GIVES_CONTEXT, True)
    mark(wrapper, marks)
    return wrapper


def _objection(marks: Marks, run: Current | None) -> str | None:
    if not marks.features:
        return None
    features = run.context.features if run else _as_they_stand()
    return next(filter(None, map(features.objection, marks.features)), None)


def _as_they_stand() -> Features:
    settings = Settings.read()
    declared = toggles_of(settings)
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        with make_readers(engine)() as session:
            return states(session, declared)
    except SQLAlchemyError as error:
        raise unusable(error) from error
    finally:
        engine.dispose()


def _skipped(marks: Marks, run: Current | None, reason: str) -> None:
    """End the run whose own function this is; leave out any other call."""
    name = _name(marks.function)
    if marks.tells:
        _say(name, "skipped", 0)
    if run and inspect.unwrap(run.function) is inspect.unwrap(marks.function):
        raise SkippedError(reason)
    log.info("feature.off", function=name, reason=reason)


def _is_given(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], run: Current | None
) -> bool:
    """Whether the caller gives the context himself."""
    first = _first_of(function)
    if first and first.name in kwargs:
        return True
    if run:
        return bool(args) and isinstance(args[0], RunContext | NoRun)
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return bool(args)


def _logged(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], run: Current | None
) -> Any:
    name = _name(function)
    clock: Clock = run.context.clock if run else SystemClock()
    began = clock.monotonic()
    _say(name, "started")
    status = "failed"
    try:
        result = function(*args, **kwargs)
        status = "ended"
    except SkippedError:
        status = "skipped"
        raise
    finally:
        _say(name, status, clock.monotonic() - began)
    return result


def _say(name: str, status: str, seconds: float | None = None) -> None:
    duration = "" if seconds is None else f" duration={seconds:.3f}"
    level = logging.ERROR if status == "failed" else logging.INFO
    _standard.log(level, "type=cron name=%s status=%s%s", name, status, duration)


def _first_of(function: Callable[..., Any]) -> inspect.Parameter | None:
    parameters = inspect.signature(function).parameters.values()
    first = next(iter(parameters), None)
    return first if first and first.kind in _FIRST else None


def _without_first(function: Callable[..., Any]) -> inspect.Signature:
    """What the caller sees: the context is not his to give."""
    signature = inspect.signature(function)
    first, *others = signature.parameters.values()
    if first.kind is inspect.Parameter.VAR_POSITIONAL:
        return signature
    return signature.replace(parameters=others)


def _name(function: Callable[..., Any]) -> str:
    """A method's with its class: every Task has a `handle`."""
    return str(getattr(function, "__qualname__", function)).rpartition("<locals>.")[2]


def _disorder(function: Callable[..., Any], marks: Marks | None, name: str) -> str:
    """A feature is to stand nearest to the function, before every other decorator."""
    if marks and is_ours(function) and not (marks.takes_context or marks.is_logged):
        return marks.disorder
    if hasattr(function, "__wrapped__"):
        return f"@cron_require_feature({name}) stands above another decorator"
    return ""


def _refuse_what_does_not_run_when_called(function: Callable[..., Any]) -> None:
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"{_name(function)} is async or a generator: calling it would not run it")
