"""The way into a run and out of it, through a database that may be locked or away."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import (
    Admitted,
    AlreadyStarted,
    Ending,
    Line,
    NotYet,
    Opening,
    add_lines,
    close_run,
    open_run,
    set_waiting,
    standing,
)

T = TypeVar("T")

#: How long a message is held before the gate, and then given back.
HOLD = timedelta(seconds=30)

#: How long the end of a run waits to be written down.
PATIENCE = timedelta(minutes=5)

#: Between two tries, in seconds: doubled each time, up to the longest.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Held:
    """The gate could not be asked; the run has not started."""

    reason: str


class UnrecordedError(Exception):
    """A run ended and its row could not be written: it still says running."""


class Gate:
    """Opens and closes the rows of runs, each in a transaction of its own, inside `guard`."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        log: FilteringBoundLogger,
        guard: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._guard = guard or nullcontext()
        self._sessions = sessions
        self._clock = clock
        self._log = log

    def open(self, opening: Opening) -> Admitted | AlreadyStarted | Held:
        """Insert the row, or say why this delivery must not run."""
        reason = ""
        try:
            for pause in self._pauses(HOLD):
                try:
                    answer = self._tried(opening)
                except SQLAlchemyError as error:
                    reason = _brief(error)
                else:
                    if not isinstance(answer, NotYet):
                        return answer
                    reason = "the attempt before it has not ended yet"
                self._log.warning("run.held", entry=opening.entry, reason=reason, pause=pause)
        except SoftTimeLimitExceeded:
            reason = f"its time was over before it could start: {reason}"
        return Held(reason)

    def close(
        self, run_id: uuid.UUID, token: uuid.UUID, ending: Ending, lines: Sequence[Line] = ()
    ) -> Outcome | None:
        """End the run; the outcome that is on record, None when somebody else owns it.

        Raises UnrecordedError when the database stays away.
        """

        def closed(session: Session) -> Outcome | None:
            if close_run(session, run_id, token, ending):
                add_lines(session, run_id, lines)
                return ending.outcome
            # The reply to an earlier try may have been lost, not its commit.
            found = standing(session, run_id)
            return found.outcome if found and found.token == token else None

        return self._insisted(closed)

    def let_go(
        self, run_id: uuid.UUID, token: uuid.UUID, reason: str, not_before: timedelta
    ) -> None:
        """Leave the run waiting for its next attempt."""
        at = self._clock.now() + not_before
        self._insisted(
            lambda session: set_waiting(session, run_id, token, reason=reason, not_before=at)
        )

    def _tried(self, opening: Opening) -> Admitted | AlreadyStarted | NotYet:
        with self._guard, self._sessions.begin() as session:
            return open_run(session, replace(opening, started_at=self._clock.now()))

    def _insisted(self, write: Callable[[Session], T]) -> T:
        reason = ""
        for pause in self._pauses(PATIENCE):
            try:
                with self._guard, self._sessions.begin() as session:
                    return write(session)
            except (SQLAlchemyError, SoftTimeLimitExceeded) as error:
                reason = _brief(error)
            self._log.error("record.delayed", reason=reason, pause=pause)
        raise UnrecordedError(reason)

    def _pauses(self, within: timedelta) -> Iterator[float]:
        """One for each try; sleeps between them."""
        deadline = self._clock.monotonic() + within.total_seconds()
        pause = FIRST_PAUSE
        while True:
            yield pause
            if self._clock.monotonic() + pause > deadline:
                return
            self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _brief(error: BaseException) -> str:
    """The database's own words, without the statement."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0]
