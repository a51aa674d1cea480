"""The way into a run and out of it, through a database that may be locked or away."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InvalidRequestError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.store.at_once import engine_at_once, open_at_once
from beat_schedule.store.endings import add_lines, close_run, end_attempt, give_back, standing
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import Guard, is_late, open_run
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.runs import (
    Admitted,
    Again,
    AlreadyStarted,
    Answer,
    Closed,
    Ending,
    Line,
    NotNow,
    NotYet,
    Opening,
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

    @property
    def is_over(self) -> bool:
        return False


class RefusedError(Exception):
    """The database is there and will never take this run: waiting would change nothing."""


class UnrecordedError(Exception):
    """A run ended and its row could not be written: it still says running."""


#: What the gate may say of a delivery.
Passed: TypeAlias = Admitted | AlreadyStarted | Closed | NotNow | Held


class Gate:
    """Opens and closes the rows of runs, each in a transaction of its own, inside `lock`.

    `guard` says why a run may not start; `remembered` by what revision of the guards it may, as far
    as is known without asking, and then one statement suffices where the database can do it.
    """

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        guard: Guard | None = None,
        remembered: Callable[[Opening], int | None] | None = None,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._lock = lock or nullcontext()
        self._guard = guard
        self._remembered = remembered
        self._sessions = sessions
        self._clock = clock
        self._log = log
        self._at_once = engine_at_once(sessions) if remembered else None

    def open(self, opening: Opening, until: float = math.inf) -> Passed:
        """Insert the row, or say why this delivery must not run.

        Raises RefusedError when the database will never take the row.
        """
        try:
            return self._asked(opening)
        except SoftTimeLimitExceeded:
            reason = "its time was over before it could start"
        try:
            # The limit may have struck after the commit: then its next delivery goes on with it.
            ending = Ending(outcome=Outcome.TIMED_OUT, finished_at=self._clock.now(), reason=reason)
            self.give_back(opening, ending, until=until)
        except UnrecordedError as away:
            self._log.critical("run.unrecorded", outcome="waiting", reason=str(away))
        return Held(reason)

    def close(
        self,
        opening: Opening,
        ending: Ending,
        lines: Sequence[Line] = (),
        until: float = math.inf,
    ) -> Outcome | None:
        """End the run; the outcome that is on record, None when somebody else owns it.

        Raises UnrecordedError when the database stays away, at the latest at `until`.
        """
        run_id, token = opening.run_id, opening.token
        if not lines and undisturbed(lambda: self._is_closed_at_once(opening, ending)):
            return ending.outcome

        def closed(session: Session) -> Outcome | None:
            if close_run(session, run_id, token, ending):
                add_lines(session, run_id, lines)
                return ending.outcome
            # The reply to an earlier try may have been lost, not its commit.
            found = standing(session, run_id)
            return found.outcome if found and found.token == token else None

        return self._insisted(closed, _told(ending), until)

    def end_attempt(
        self,
        opening: Opening,
        ending: Ending,
        again: Again,
        lines: Sequence[Line] = (),
        until: float = math.inf,
    ) -> Outcome | RunState | None:
        """End an attempt that went wrong: the outcome that is on record, or that the run waits.

        None when somebody else owns it. Raises UnrecordedError when the database stays away.
        """
        run_id, token = opening.run_id, opening.token

        def ended(session: Session) -> Outcome | RunState | None:
            if stands := end_attempt(session, run_id, token, ending, again):
                add_lines(session, run_id, lines)
                return stands
            found = standing(session, run_id)
            return (found.outcome or found.state) if found and found.token == token else None

        return self._insisted(ended, _told(ending), until)

    def give_back(
        self,
        opening: Opening,
        ending: Ending,
        *,
        after: timedelta = timedelta(0),
        has_message: bool = False,
        lines: Sequence[Line] = (),
        until: float = math.inf,
    ) -> bool:
        """Leave the run waiting for its next attempt; `ending` tells of this one.

        False when it was not under way, or somebody else owns it.
        """
        at = self._clock.now() + after

        def waiting(session: Session) -> bool:
            run_id, token = opening.run_id, opening.token
            if not give_back(session, run_id, token, ending, at, has_message=has_message):
                return False
            add_lines(session, opening.run_id, lines)
            return True

        told = {"outcome": "waiting", "error": ending.reason or ""}
        return self._insisted(waiting, told, until)

    def _asked(self, opening: Opening) -> Passed:
        reason = ""
        for pause in self._pauses(self._in(HOLD)):
            try:
                answer = self._tried(opening)
            except SQLAlchemyError as error:
                reason = _brief(error)
                if _is_final(error):
                    raise RefusedError(reason) from error
            else:
                if not isinstance(answer, NotYet):
                    return answer
                reason = "the attempt before it has not ended yet"
            self._log.warning("run.held", entry=opening.entry, reason=reason, pause=pause)
        return Held(reason)

    def _tried(self, opening: Opening) -> Answer:
        opening = replace(opening, started_at=self._clock.now())
        with self._lock:
            if self._is_started_at_once(opening):
                return Admitted(1)
            with self._sessions.begin() as session:
                return open_run(session, opening, self._guard)

    def _is_started_at_once(self, opening: Opening) -> bool:
        """Whether it was as usual, and needed no more than one statement."""
        if not (self._at_once and self._remembered) or opening.attempt > 1 or is_late(opening):
            return False
        revision = self._remembered(opening)
        if revision is None:
            return False
        with suppress(DataError), self._at_once.connect() as connection:
            return open_at_once(connection, opening, revision)
        return False

    def _is_closed_at_once(self, opening: Opening, ending: Ending) -> bool:
        if not self._at_once:
            return False
        with suppress(SQLAlchemyError), self._lock, self._at_once.connect() as connection:
            return close_run(connection, opening.run_id, opening.token, ending)
        return False

    def _insisted(self, write: Callable[[Session], T], told: Mapping[str, str], until: float) -> T:
        until = min(until, self._in(PATIENCE))
        return undisturbed(lambda: self._retried(write, told, until))

    def _retried(self, write: Callable[[Session], T], told: Mapping[str, str], until: float) -> T:
        reason = ""
        for pause in self._pauses(until):
            try:
                with self._lock, self._sessions.begin() as session:
                    return write(session)
            except SQLAlchemyError as error:
                reason = _brief(error)
                if _is_final(error):
                    break
            with self._lock:
                self._log.error("record.delayed", reason=reason, pause=pause, **told)
        raise UnrecordedError(reason)

    def _in(self, time: timedelta) -> float:
        return self._clock.monotonic() + time.total_seconds()

    def _pauses(self, until: float) -> Iterator[float]:
        """One for each try, and one try at least; sleeps between them."""
        pause = FIRST_PAUSE
        while True:
            yield pause
            if self._clock.monotonic() + pause > until:
                return
            self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def undisturbed(write: Callable[[], T]) -> T:
    """Do it again if Celery says meanwhile that the time is over: it says so once."""
    try:
        return write()
    except SoftTimeLimitExceeded:
        return write()


def _told(ending: Ending) -> Mapping[str, str]:
    return {"outcome": str(ending.outcome), **({"error": ending.error} if ending.error else {})}


def _is_final(error: SQLAlchemyError) -> bool:
    """Whether it is about what is to be stored, and not about the database."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    return isinstance(error, StatementError | InvalidRequestError)


def _brief(error: BaseException) -> str:
    """The database's own words, without the statement."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0]
