"""What runs tell to code of the user's own, which cannot break them.

Not Celery's signals: those hold their receivers weakly, so that a function without another name
is never called, and take the end of a run's time, of which Celery tells once, for the receiver's
own mistake.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from billiard.exceptions import SoftTimeLimitExceeded

from beat_schedule import logs

log = logs.logger("hookbeat.signals")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """Which run it is; and how it ended, once it has."""

    id: uuid.UUID
    #: Key of the entry, or the task's dotted path when it was called without one.
    entry: str
    #: The logical date, aware, in UTC.
    due_at: datetime
    #: From 1; 0 of a run that never started.
    attempt: int
    #: How it ended, such as `succeeded` or `timed out`; None while it has not.
    outcome: str | None = None
    #: Why, in words for people.
    reason: str | None = None
    #: What the task raised, in one line, without passwords.
    error: str | None = None
    counts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


Receiver: TypeAlias = Callable[[RunInfo], object]
Connected = TypeVar("Connected", bound=Receiver)


class Signal:
    """Calls its receivers, one after the other, in the process in which it is sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._receivers: tuple[Receiver, ...] = ()

    def connect(self, receiver: Connected) -> Connected:
        """Call it from now on, once each time; also as a decorator."""
        if receiver not in self._receivers:
            self._receivers = (*self._receivers, receiver)
        return receiver

    def disconnect(self, receiver: Receiver) -> None:
        """Call it no more."""
        self._receivers = tuple(each for each in self._receivers if each != receiver)

    def send(self, run: RunInfo) -> None:
        """Tell every receiver; what one raises is logged, and the next is told.

        Raises only what is not about the receiver: that the process ends, and SoftTimeLimitExceeded
        of a run that has not ended yet.
        """
        for receiver in self._receivers:
            try:
                receiver(run)
            except Exception as error:
                if isinstance(error, SoftTimeLimitExceeded) and run.outcome is None:
                    raise
                told = {"signal": self.name, "receiver": _name(receiver), "entry": run.entry}
                log.exception("signal.failed", **told)


#: An attempt is about to be made: its run has its row, and the task is called next.
before_run = Signal("before_run")

#: A run has ended, and its record says how.
after_run = Signal("after_run")

#: The same, after `after_run`, where it failed, timed out or was lost.
run_failed = Signal("run_failed")

#: So long after its due time, as its entry says, no run has succeeded; sent by the beat that leads.
run_missed = Signal("run_missed")


def _name(receiver: Receiver) -> str:
    named = getattr(receiver, "__qualname__", None) or type(receiver).__qualname__
    return f"{getattr(receiver, '__module__', '')}.{named}"
