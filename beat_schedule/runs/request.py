"""What a worker's parent process knows of a run: Celery's request, and how its child died."""

import re
import signal
import uuid
from datetime import datetime
from functools import cached_property
from typing import Any

from celery.exceptions import Terminated, TimeLimitExceeded, WorkerLostError
from celery.worker import state

from beat_schedule.policies import RunPolicy
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Again, Ending, Opening

from .again import after_failure, after_loss
from .heart import Owned, owned
from .message import HARD_LIMIT, TOKEN
from .process import STOPPED, Process

_SIGNALS = {str(each.value): each.name for each in signal.Signals}

# The class of Celery's that a task names stands there at run time.
_Base: Any = object


def recorded_request(base: type[Any], process: Process) -> type[Any]:
    """The class of requests `base`, with what makes them runs of this process's."""
    return type("RecordedRequest", (_Recorded, base), {"hookbeat_process": process})


class _Recorded(_Base):
    """Draws the run's token, so that parent and child both own its row."""

    hookbeat_process: Process
    #: Hard and soft, in seconds.
    time_limits: tuple[float | None, float | None]
    #: When a child took it, in seconds since the epoch.
    time_start: float | None

    def __init__(self, message: Any, **options: Any) -> None:
        super().__init__(message, **options)
        self._request_dict[TOKEN] = str(uuid.uuid4())
        if not any(self.time_limits) and not (self.task.time_limit or self.task.soft_time_limit):
            queue = self.delivery_info.get("routing_key")
            self.time_limits = self.hookbeat_process.time_limits(queue)
        self._request_dict[HARD_LIMIT] = self.time_limits[0] or self.task.time_limit

    def on_failure(self, exc_info: Any, **options: Any) -> None:
        error = getattr(exc_info.exception, "exc", exc_info.exception)
        if reason := _why_cancelled(self, error):
            self.hookbeat_process.let_go(self.hookbeat_opening, reason)
        elif ended := _how_it_ended(error):
            self._end_attempt(*ended)
        super().on_failure(exc_info, **options)

    @cached_property
    def hookbeat_owned(self) -> Owned:
        """By which this process gives signs of life for the run."""
        return owned(self.hookbeat_opening)

    def info(self, safe: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 -- Celery's
        """As `celery inspect active` shows it."""
        opening = self.hookbeat_opening
        run = {
            "run": str(opening.run_id),
            "entry": opening.entry,
            "due_at": opening.due_at.isoformat(),
            "attempt": opening.attempt,
        }
        return {**super().info(safe=safe), "hookbeat": run}

    @property
    def hookbeat_opening(self) -> Opening:
        """As the child that carries it out opens the run."""
        process, asked = self.hookbeat_process, self._context
        asked.update(id=self.id, args=self.args, kwargs=self.kwargs)
        return process.opening(asked, self.task.name)

    def _end_attempt(self, outcome: Outcome, reason: str) -> None:
        """From the parent process; nothing happens if the run had not started."""
        process, opening = self.hookbeat_process, self.hookbeat_opening
        now = process.clock.now()
        ending = Ending(outcome=outcome, finished_at=now, reason=reason)
        again = _again(process.policy(opening), outcome, opening.attempt, now)
        process.end_attempt(opening, ending, again, began=self.time_start)


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


def _again(policy: RunPolicy, outcome: Outcome, attempt: int, now: datetime) -> Again:
    match outcome:
        case Outcome.LOST:
            return after_loss(policy, now)
        case Outcome.TIMED_OUT:
            return after_failure(policy, None, attempt, now)
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
