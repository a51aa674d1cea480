"""Carrying an entry out in this very process: same gate, same context, same record, no Redis."""

import os
import signal
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from types import FrameType
from typing import Any

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

from beat_schedule.entries import Entry
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

from .celery_task import Body
from .context import RunContext
from .process import Process
from .verdict import GoesOnError, Verdict

#: With this begins what stands for a worker of a run that needed none.
INLINE = "inline@"

#: What a terminal, a service manager or a person sends to end a command.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(SystemExit):
    """A signal ends this process: the run ends first, and is put on record as failed."""

    def __init__(self, number: int) -> None:
        self.name = signal.Signals(number).name
        super().__init__(128 + number)

    def __str__(self) -> str:
        return f"the run was stopped by {self.name}"


def worker_inline() -> str:
    """What stands in the record for the worker of a run of this process."""
    return f"{INLINE}{socket.gethostname()}:{os.getpid()}"


def opening_inline(
    process: Process,
    entry: Entry,
    due_at: datetime | None,
    kwargs: Mapping[str, Any] | None,
    *,
    forced: bool = False,
) -> Opening:
    """A manual run of the entry, of its own id."""
    now = process.clock.now()
    return Opening(
        run_id=uuid.uuid4(),
        token=uuid.uuid4(),
        entry=entry.key,
        task=entry.task,
        due_at=due_at or now,
        trigger=Trigger.MANUAL,
        queue=entry.queue,
        worker=worker_inline(),
        started_at=now,
        queued_at=now,
        args=entry.args,
        kwargs=entry.kwargs_with(kwargs or {}),
        forced=forced,
    )


def carry_out_inline(app: Celery, process: Process, opening: Opening) -> Verdict:
    """Run it here and now; what the task raises is raised again after it is on record.

    Raises StoppedError when a signal ended it.
    """
    task = app.tasks[opening.task]
    with _stoppable(), process.beating_for(opening):
        body = task.hookbeat_body(opening.args, opening.kwargs)
        return process.runner.carry_out(opening, partial(_only_attempt, body))


def carry_out_due(app: Celery, process: Process, opening: Opening, soft_limit: float) -> Verdict:
    """Run what was due, as a worker would: the beats hear of it, and it may be attempted again.

    After `soft_limit` seconds it ends as timed out. Raises what the task raises after that is on
    record, GoesOnError where the run waits for another attempt, and StoppedError.
    """
    task = app.tasks[opening.task]
    with _stoppable(), process.beating_for(opening):
        body = task.hookbeat_body(opening.args, opening.kwargs)
        return process.runner.carry_out(
            opening,
            partial(_limited, soft_limit, body),
            token=process.token(opening),
            policy=process.policy(opening),
        )


def _limited(seconds: float, body: Body, context: RunContext) -> Any:
    """Interrupted when its time is over, as Celery does in the children of its pool."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return body(context)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _only_attempt(body: Body, context: RunContext) -> Any:
    """There is nobody here who would make another."""
    try:
        return body(context)
    except GoesOnError as goes_on:
        raise goes_on.__cause__ or goes_on from None


@contextmanager
def _stoppable() -> Iterator[None]:
    """The first signal ends the run; a second finds the handlers of before, and ends us."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(number: int, _frame: FrameType | None) -> None:
        restore()
        raise StoppedError(number)

    for number, handler in before.items():
        # `nohup` ignores some, and so do we.
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        restore()
