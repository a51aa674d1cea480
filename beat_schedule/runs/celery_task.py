"""The edge to Celery: a task whose body is carried out as a run, and the request around it.

The task stays what it is: name, options and base class. Only its class is replaced, by a subclass
made for it that Celery's tracer calls, and that knows how to close a run whose process died.
"""

import re
import signal
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from celery import Celery, Task
from celery.exceptions import Ignore, Reject, Terminated, TimeLimitExceeded, WorkerLostError
from celery.utils.imports import symbol_by_name
from celery.worker import state

from beat_schedule.policies import RunPolicy
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Again, Ending, Opening

from .again import after_failure, after_loss
from .call import RETRY, call_of_function, call_of_task
from .context import RunContext
from .failure import is_a_kill
from .gate import Held
from .heart import Owned, owned
from .message import HARD_LIMIT, TOKEN, opening_of
from .process import STOPPED, Process
from .verdict import Carried, Dropped, GoesOnError

#: What a run calls.
Body: TypeAlias = Callable[[RunContext], Any]

_SIGNALS = {str(each.value): each.name for each in signal.Signals}

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
        "Request": _request_class(symbol_by_name(own.Request), process),
        "hookbeat_body": body,
    }
    task.__class__ = type(own.__name__, (own,), members)
    # The gate needs the message until the run is over, and a second delivery does no harm.
    task.acks_late = True
    task.reject_on_worker_lost = True


def _carried_out(task: Task, process: Process, body: Body) -> Any:
    request = task.request
    opening = opening_of(request, task.name, process.entries, process.clock.now())
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


def how_it_died(error: WorkerLostError | Terminated) -> str:
    """In words: Celery says the number of a signal, or its name within a sentence of its own."""
    said = str(error.args[0]) if error.args else ""
    if isinstance(error, Terminated) and said in _SIGNALS:
        return f"its process was ended by {_SIGNALS[said]}"
    if found := re.search(r"signal \d+ \((\w+)\)", said):
        return f"its process was ended by {found[1]}"
    if found := re.search(r"exitcode (-?\d+)", said):
        return f"its process ended with exit code {found[1]}"
    return f"its process died: {said}"


def _again(policy: RunPolicy, outcome: Outcome, now: datetime) -> Again:
    match outcome:
        case Outcome.LOST:
            return after_loss(policy, now)
        case Outcome.TIMED_OUT:
            return after_failure(policy, None, 1, now)
        case _:
            return Again(times=0, not_before=now)


def _how_it_ended(error: object) -> tuple[Outcome, str] | None:
    """What only its parent process can tell of an attempt."""
    match error:
        case TimeLimitExceeded():
            limit = error.args[0] if error.args else "its time limit"
            return Outcome.TIMED_OUT, f"it was killed: it ran longer than {limit} s"
        case Terminated():
            return Outcome.CANCELLED, how_it_died(error)
        case WorkerLostError():
            return Outcome.LOST, how_it_died(error)
    return None


def _why_cancelled(request: Any, error: object) -> str | None:
    """Why Celery ended its process although nobody asked for that: its message comes back."""
    # Celery's own mark.
    if not (isinstance(error, Terminated) and request._already_cancelled):  # noqa: SLF001
        return None
    return STOPPED if state.should_terminate else "its worker lost its broker"


def _request_class(base: type[Any], process: Process) -> type[Any]:
    """A request that draws the run's token, so that parent and child both own its row."""

    class RecordedRequest(base):
        #: Hard and soft, in seconds.
        time_limits: tuple[float | None, float | None]

        def __init__(self, message: Any, **options: Any) -> None:
            super().__init__(message, **options)
            self._request_dict[TOKEN] = str(uuid.uuid4())
            if not any(self.time_limits) and not (
                self.task.time_limit or self.task.soft_time_limit
            ):
                self.time_limits = process.time_limits(self.delivery_info.get("routing_key"))
            self._request_dict[HARD_LIMIT] = self.time_limits[0] or self.task.time_limit

        def on_failure(self, exc_info: Any, **options: Any) -> None:
            error = getattr(exc_info.exception, "exc", exc_info.exception)
            if reason := _why_cancelled(self, error):
                process.let_go(self.hookbeat_opening, reason)
            elif ended := _how_it_ended(error):
                self._end_attempt(*ended)
            super().on_failure(exc_info, **options)

        @cached_property
        def hookbeat_owned(self) -> Owned:
            """By which this process gives signs of life for the run."""
            return owned(self.hookbeat_opening)

        @property
        def hookbeat_opening(self) -> Opening:
            """As the child that carries it out opens the run."""
            asked = self._context
            asked.update(id=self.id, args=self.args, kwargs=self.kwargs)
            return opening_of(asked, self.task.name, process.entries, process.clock.now())

        def _end_attempt(self, outcome: Outcome, reason: str) -> None:
            """From the parent process; nothing happens if the run had not started."""
            opening, now = self.hookbeat_opening, process.clock.now()
            ending = Ending(outcome=outcome, finished_at=now, reason=reason)
            process.end_attempt(opening, ending, _again(process.policy(opening), outcome, now))

    return RecordedRequest
