"""What is called when a run is carried out: a plain function, or a Celery task's own body."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from celery import Task
from celery.exceptions import Ignore, Reject, Retry

from beat_schedule.clock import Clock
from beat_schedule.translate.arguments import planned, with_context

from .context import RunContext
from .current import carried_out
from .verdict import GoesOnError

#: Where a request keeps the retry that a task asked for while it went on.
RETRY = "hookbeat_retry"


def call_of_function(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[RunContext], Any]:
    """Calls the function with its arguments, and with what it asks of the run.

    What was built for it is left again before this returns, and so before anything is committed.
    """

    def call(context: RunContext) -> Any:
        try:
            plan = planned(function, args, kwargs, context.offer)
        except ValueError:
            # Written in C without a signature.
            return function(*args, **kwargs)
        with context.supplies, carried_out(context, function):
            bound = plan.bound(context.give)
            return function(*bound.args, **bound.kwargs)

    return call


def call_of_task(
    task: Task, own: type[Task], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[RunContext], Any]:
    """Calls the task as Celery's tracer would; `own` is its class without our changes."""
    # As Celery's tracer does: the base's own `__call__` would hide the request from the body.
    custom = any("__call__" in vars(each) for each in own.__mro__ if each not in Task.__mro__)

    def call(context: RunContext) -> Any:
        given = with_context(tuple(args), lambda _: context)
        try:
            with carried_out(context, task.run):
                body = partial(own.__call__, task) if custom else task.run
                result = body(*given, **kwargs)
        except Retry as retry:
            raise _another_attempt(retry, context.clock) from retry
        except Ignore as ignored:
            # Celery is to see it, or it would call what follows the task.
            return ignored
        except Reject as reject:
            if not reject.requeue:
                raise
            reason = f"the task gave its message back: {reject.reason}"
            raise GoesOnError(reason, has_message=True) from reject
        except Exception as error:
            if asked := task.request.get(RETRY):
                raise _another_attempt(asked, context.clock) from error
            raise
        if asked := task.request.get(RETRY):
            raise _another_attempt(asked, context.clock) from asked
        return result

    return call


def _another_attempt(retry: Retry, clock: Clock) -> GoesOnError:
    reason = f"the task asked for a retry: {retry}"
    return GoesOnError(reason, _after(retry, clock), has_message=True)


def _after(retry: Retry, clock: Clock) -> timedelta:
    """How long the retry waits: Celery gives seconds or an instant."""
    when = retry.when
    if isinstance(when, datetime):
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(aware - clock.now(), timedelta(0))
    return timedelta(seconds=when or 0)
