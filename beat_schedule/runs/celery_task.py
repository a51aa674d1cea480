"""The edge to Celery: a task whose body is carried out as a run.

The task stays what it is: name, options and base class. Only its class is replaced, by a subclass
made for it that Celery's tracer calls.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeAlias

from celery import Celery, Task
from celery.exceptions import Ignore, Reject
from celery.utils.imports import symbol_by_name

from beat_schedule.translate.functions import function_at

from .call import RETRY, call_of_function, call_of_task
from .context import RunContext
from .failure import is_a_kill
from .gate import Held
from .message import HARD_LIMIT
from .process import Process
from .request import recorded_request
from .verdict import Carried, Dropped, GoesOnError

#: What a run calls.
Body: TypeAlias = Callable[[RunContext], Any]

#: Marks a request whose run is under way: the task calling itself is an ordinary call.
_UNDER_WAY = "hookbeat_under_way"


def task_of_function(app: Celery, path: str, function: Callable[..., Any]) -> Task:
    """Register a plain function as a task under its dotted path."""
    attributes = {
        "name": path,
        "run": staticmethod(function),
        # The run fills in the context: a caller cannot know the whole signature.
        "typing": False,
        "__doc__": function.__doc__,
        "__module__": getattr(function, "__module__", __name__),
    }
    made = type(path.rpartition(".")[2], (app.Task,), attributes)()
    task: Task = app.register_task(made)
    return task


def body_at(path: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Body:
    """What a run of the task at this path calls, whether or not an app has it as a run.

    Raises RefusedError where the path names nothing that can run.
    """
    found = function_at(path)
    if not isinstance(found, Task):
        return call_of_function(found, args, kwargs)
    if is_recorded(found):
        body: Body = found.hookbeat_body(args, kwargs)
        return body
    return call_of_task(found, type(found), args, kwargs)


def is_recorded(task: Task) -> bool:
    """Whether `record` had it already."""
    return hasattr(type(task), "hookbeat_body")


def record(task: Task, process: Process, function: Callable[..., Any] | None = None) -> None:
    """Carry the task out as a run from now on; `function` is the plain one that it stands for."""
    own = type(task)

    def call(self: Task, *args: Any, **kwargs: Any) -> Any:
        request = self.request
        if request.called_directly or request.get(_UNDER_WAY):
            return own.__call__(self, *args, **kwargs)
        request.update({_UNDER_WAY: True})
        return _carried_out(self, process, body(self, args, kwargs))

    def retry(self: Task, *args: Any, throw: bool = True, **options: Any) -> Any:
        asked = own.retry(self, *args, throw=throw, **options)
        # It was sent, and the task goes on: its run must not end before that attempt.
        self.request.update({RETRY: asked})
        return asked

    def body(self: Task, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Body:
        if function:
            return call_of_function(function, args, kwargs)
        return call_of_task(self, own, args, kwargs)

    members = {
        "__call__": call,
        "retry": retry,
        "__module__": own.__module__,
        "__doc__": own.__doc__,
        "Request": recorded_request(symbol_by_name(own.Request), process),
        "hookbeat_body": body,
    }
    task.__class__ = type(own.__name__, (own,), members)
    # The gate needs the message until the run is over, and a second delivery does no harm.
    task.acks_late = True
    task.reject_on_worker_lost = True


def _carried_out(task: Task, process: Process, body: Body) -> Any:
    request = task.request
    opening = process.opening(request, task.name)
    within = process.lifetime((request.headers or {}).get(HARD_LIMIT))
    # What is called right here, by `apply` or an app that is always eager, no worker has in hand.
    alive = process.beating_for(opening) if request.is_eager else nullcontext()
    try:
        with alive:
            verdict = process.runner.carry_out(
                opening, body, within, process.token(opening), process.policy(opening)
            )
    except GoesOnError as goes_on:
        # What the task raised: Celery has its own way with it.
        raise goes_on.__cause__ or goes_on from None
    except BaseException as end:
        if isinstance(end, Exception) or is_a_kill(end):
            raise
        # Celery would end the whole worker with it, or a thread of its pool.
        said = f"sys.exit({end.code!r})" if isinstance(end, SystemExit) else repr(end)
        raise RuntimeError(f"the task ended with {said}") from end
    match verdict:
        case Carried(Ignore() as ignored):
            raise ignored
        case Carried(result):
            return result
        case Dropped(reason):
            return f"dropped: {reason}"
        case Held(reason):
            raise Reject(reason, requeue=True)
