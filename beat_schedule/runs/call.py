"""What is called when a run is carried out: a plain function, or a Celery task's own body."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from celery import Task
from celery.exceptions import Ignore, Reject, Retry

from beat_schedule.clock import Clock
from beat_schedule.translate import bound_arguments

from .context import RunContext
from .current import carried_out
from .verdict import GoesOnError

#: Where a request keeps the retry that a task asked for while it went on.
RETRY = "hookbeat_retry"


def call_of_function(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[RunContext], Any]:
    """Calls the function with its arguments, and with the context where it takes one."""

    def call(context: RunContext) -> Any:
        try:
            bound = bound_arguments(function, args, kwargs, context)
        except ValueError:
            # Written in C without a signature.
            return function(*args, **kwargs)
        with carried_out(context, function):
            return function(*bound.args, **bound.kwargs)

    return call


def call_of_task(
    task: Task, own: type[Task], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[RunContext], Any]:
    """Calls the task as Celery's tracer would; `own` is its class without our changes."""
    # As Celery's tracer does: the base's own `__call__` would hide the request from the body.
    custom = any("__call__" in vars(each) for each in own.__mro__ if each not in Task.__mro__)

    def call(context: RunContext) -> Any:
        try:
            with carried_out(context, task.run):
                body = partial(own.__call__, task) if custom else task.run
                result = body(*args, **kwargs)
        except Retry as retry:
            raise _another_attempt(retry, context.clock) from retry
        except Ignore as ignored:
            # Celery is to see it, or it would call what follows the task.
            return ignored
        except Reject as reject:
            if not reject.requeue:
                raise
            raise GoesOnError(f"the task gave its message back: {reject.reason}") from reject
        except Exception as error:
            if asked := task.request.get(RETRY):
                raise _another_attempt(asked, context.clock) from error
            raise
        if asked := task.request.get(RETRY):
            raise _another_attempt(asked, context.clock) from asked
        return result

    return call


def _another_attempt(retry: Retry, clock: Clock) -> GoesOnError:
    return GoesOnError(f"the task asked for a retry: {retry}", _after(retry, clock))


def _after(retry: Retry, clock: Clock) -> timedelta:
    """How long the retry waits: Celery gives seconds or an instant."""
    when = retry.when
    if isinstance(when, datetime):
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(aware - clock.now(), timedelta(0))
    return timedelta(seconds=when or 0)
