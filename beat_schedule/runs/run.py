"""One run, from top to bottom: gate, context, call, commit, record."""

import dataclasses
import inspect
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import billiard.common
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule import logs
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import (
    Admitted,
    AlreadyStarted,
    Ending,
    Line,
    Opening,
    add_lines,
    close_run,
)

from .context import Mailer, RunContext
from .gate import Gate, Held, UnrecordedError
from .lazy_mailer import LazyMailer
from .lines import Lines, kept_in

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Carried:
    """The run is over and succeeded."""

    result: Any


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing came of this delivery: the run is somebody else's."""

    reason: str


Verdict: TypeAlias = Carried | Dropped | Held


class GoesOnError(Exception):
    """Raised by a call that ends this attempt, but not the run."""

    def __init__(self, reason: str, after: timedelta = timedelta(0)) -> None:
        self.reason = reason
        self.after = after
        super().__init__(reason)


class Runner:
    """Carries runs out, one at a time or in threads."""

    def __init__(
        self,
        *,
        settings: Settings,
        sessions: Sessions,
        mailer: Callable[[Settings], Mailer],
        clock: Clock | None = None,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        self.settings = settings
        self.sessions = sessions
        self.clock = clock or SystemClock()
        self.log = log or logs.logger("hookbeat.run")
        self.gate = Gate(sessions, self.clock, self.log)
        self._mailer = mailer
        self._hide = logs.without_secrets(settings)

    def carry_out(self, opening: Opening, call: Callable[[RunContext], Any]) -> Verdict:
        """Run `call` if the gate lets it, and write down how it ended.

        Whatever `call` raises is raised again after the record has it.
        """
        with logs.bound(run=str(opening.run_id), entry=opening.entry):
            answer = self.gate.open(opening)
            match answer:
                case Held():
                    self.log.error("run.given_back", reason=answer.reason)
                    return answer
                case AlreadyStarted():
                    return self._dropped(answer)
                case Admitted():
                    with logs.bound(attempt=answer.attempt):
                        return self._attempted(opening, answer.attempt, call)

    def _attempted(
        self, opening: Opening, attempt: int, call: Callable[[RunContext], Any]
    ) -> Verdict:
        self.log.info("run.started", due_at=opening.due_at.isoformat(), worker=opening.worker)
        lines = Lines(self.clock, self._hide)
        with self.sessions() as session:
            context, mailer = self._context(opening, attempt, session)
            try:
                with kept_in(lines), mailer:
                    result = _finished(call(context))
                outcome = self._commit(opening, context, lines.kept())
            except BaseException as error:
                with suppress(SQLAlchemyError):
                    session.rollback()
                outcome = self._ended_by(error, opening, context, lines.kept())
                if outcome is not Outcome.SUCCEEDED:
                    raise
                # The commit went through, and only its reply was lost.
                result = None
        if outcome is None:
            return self._refused()
        self.log.info("run.succeeded", counts=context.counts)
        return Carried(result)

    def _context(
        self, opening: Opening, attempt: int, session: Session
    ) -> tuple[RunContext, LazyMailer]:
        mailer = LazyMailer(lambda: self._mailer(self.settings))
        context = RunContext(
            run_id=opening.run_id,
            entry=opening.entry,
            due_at=opening.due_at,
            attempt=attempt,
            session=session,
            settings=self.settings,
            clock=self.clock,
            log=logs.logger(f"hookbeat.task.{opening.task}"),
            mailer=mailer,
        )
        return context, mailer

    def _commit(self, opening: Opening, context: RunContext, lines: list[Line]) -> Outcome | None:
        """Commit the task's work and the end of its run as one; None when it is not ours."""
        session = context.session
        ending = self._ending(Outcome.SUCCEEDED, context)
        if not (session.in_transaction() or session.new or session.dirty or session.deleted):
            return self.gate.close(opening.run_id, opening.token, ending, lines)
        if not close_run(session, opening.run_id, opening.token, ending):
            session.rollback()
            return None
        add_lines(session, opening.run_id, lines)
        session.commit()
        return Outcome.SUCCEEDED

    def _ended_by(
        self, error: BaseException, opening: Opening, context: RunContext, lines: list[Line]
    ) -> Outcome | None:
        """Write down how the attempt failed; the outcome that is on record now."""
        if isinstance(error, UnrecordedError):
            self.log.critical("run.unrecorded", outcome="succeeded", reason=str(error))
            return Outcome.SUCCEEDED
        if is_a_kill(error):
            # The parent process knows why, and closes the run.
            self.log.warning("run.killed")
            return None
        try:
            if isinstance(error, GoesOnError):
                self.gate.let_go(opening.run_id, opening.token, error.reason, error.after)
                self.log.info("run.waiting", reason=error.reason)
                return None
            ending = self._failure(error, context)
            outcome = self.gate.close(opening.run_id, opening.token, ending, lines)
        except UnrecordedError as away:
            self.log.critical("run.unrecorded", reason=str(away), error=self._said(error))
            return None
        if outcome is ending.outcome:
            name = "run.timed_out" if outcome is Outcome.TIMED_OUT else "run.failed"
            self.log.error(name, error=ending.error, counts=context.counts)
        return outcome

    def _failure(self, error: BaseException, context: RunContext) -> Ending:
        in_time = not isinstance(error, SoftTimeLimitExceeded)
        text = "".join(
            traceback.format_exception(type(error), error, _from_the_task(error.__traceback__))
        )
        return dataclasses.replace(
            self._ending(Outcome.FAILED if in_time else Outcome.TIMED_OUT, context),
            reason=None if in_time else "it ran longer than its time limit",
            error=self._said(error),
            traceback=self._hide(text),
        )

    def _ending(self, outcome: Outcome, context: RunContext) -> Ending:
        return Ending(outcome=outcome, finished_at=self.clock.now(), counts=dict(context.counts))

    def _said(self, error: BaseException) -> str:
        return self._hide("".join(traceback.format_exception_only(error)).strip())

    def _dropped(self, answer: AlreadyStarted) -> Dropped:
        stands = str(answer.outcome or answer.state)
        self.log.info("run.dropped", reason="already started", state=stands, by=answer.worker)
        return Dropped(f"already {stands} on {answer.worker}")

    def _refused(self) -> Dropped:
        self.log.error("run.disowned", reason="its record was closed by somebody else meanwhile")
        return Dropped("its record was closed by somebody else; its work was not committed")


def is_a_kill(error: BaseException) -> bool:
    """Whether Celery is ending this process: the pool's handler of a signal raised it."""
    frames = traceback.walk_tb(error.__traceback__)
    return isinstance(error, SystemExit) and any(
        frame.f_code.co_filename == billiard.common.__file__ for frame, _ in frames
    )


def _from_the_task(frames: TracebackType | None) -> TracebackType | None:
    """The traceback without our own frames, which are above the task's in every run."""
    own = frames
    while own and Path(own.tb_frame.f_code.co_filename).parent == HERE:
        own = own.tb_next
    return own or frames


def _finished(result: Any) -> Any:
    """The result, unless nobody would ever wait for it."""
    if inspect.iscoroutine(result):
        result.close()
        raise TypeError("the task is an async function: nobody would await it")
    return result
