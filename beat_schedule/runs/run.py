"""One run, from top to bottom: gate, context, call, commit, record."""

import dataclasses
import inspect
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule import logs
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions, late_writer, may_have_written
from beat_schedule.store.models import Outcome, RunState, Trigger
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
from .failure import LONGEST_ERROR, is_a_kill, said_by, shortened, traceback_of
from .gate import Gate, Held, RefusedError, UnrecordedError, undisturbed
from .lazy_mailer import LazyMailer
from .lines import Lines, kept_in
from .under_way import SILENT, Token
from .verdict import Carried, Dropped, GoesOnError, Verdict

#: From the last try to write down how a run ended to the kill by its hard time limit.
LAST_WORDS = timedelta(seconds=12)


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

    def carry_out(
        self,
        opening: Opening,
        call: Callable[[RunContext], Any],
        within: timedelta | None = None,
        token: Token = SILENT,
    ) -> Verdict:
        """Run `call` if the gate lets it, and write down how it ended.

        Whatever `call` raises is raised again after the record has it. This process is killed
        when `within` is over, if it is given. By `token` the beats hear of it.
        """
        left = (within - LAST_WORDS).total_seconds() if within else math.inf
        until = self.clock.monotonic() + left
        with logs.bound(run=str(opening.run_id), entry=opening.entry):
            answer = self._asked(opening, until)
            match answer:
                case Held():
                    self.log.error("run.given_back", reason=answer.reason)
                    return answer
                case AlreadyStarted():
                    if answer.state is RunState.ENDED:
                        # A beat may have sent this after the run was over.
                        token.end()
                    return self._dropped(opening, answer)
                case Admitted():
                    with logs.bound(attempt=answer.attempt):
                        return self._told(opening, answer.attempt, call, until, token)

    def _asked(self, opening: Opening, until: float) -> Admitted | AlreadyStarted | Held:
        try:
            return self.gate.open(opening, until)
        except RefusedError as refused:
            self.log.error("run.refused", reason=str(refused))  # noqa: TRY400 -- it is all there is
            raise

    def _told(
        self,
        opening: Opening,
        attempt: int,
        call: Callable[[RunContext], Any],
        until: float,
        token: Token,
    ) -> Verdict:
        """Make the attempt, and let the beats know whether the run is over with it."""
        over = False
        try:
            verdict = self._attempted(opening, attempt, call, until, token)
            # Else it goes on elsewhere.
            over = isinstance(verdict, Carried)
        except BaseException as error:
            # Of a kill the parent process tells.
            over = not (isinstance(error, GoesOnError) or is_a_kill(error))
            raise
        else:
            return verdict
        finally:
            undisturbed(token.end if over else token.leave)

    def _attempted(
        self,
        opening: Opening,
        attempt: int,
        call: Callable[[RunContext], Any],
        until: float,
        token: Token,
    ) -> Verdict:
        with late_writer(self.sessions) as session:
            context, mailer = self._context(opening, attempt, session)
            this = _Attempt(opening, context, Lines(self.clock, self._hide), until)
            result = None
            try:
                self._started(opening)
                token.start()
                with kept_in(this.lines), mailer:
                    result = _finished(call(context))
                ours = self._commit(this)
            except UnrecordedError as away:
                self._unrecorded(away, Outcome.SUCCEEDED)
                return Carried(result)
            except BaseException as error:
                if not undisturbed(partial(self._succeeded_after_all, this, error)):
                    raise
                ours = True
        if not ours:
            return self._disowned()
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

    def _commit(self, this: "_Attempt") -> bool:
        """Commit the task's work and the end of its run as one; False when it is not ours."""
        opening, session = this.opening, this.context.session
        ending = self._ending(Outcome.SUCCEEDED, this)
        if not may_have_written(session):
            session.commit()
            stands = self.gate.close(
                opening.run_id, opening.token, ending, this.lines.kept(), this.until
            )
            return stands is Outcome.SUCCEEDED
        if not close_run(session, opening.run_id, opening.token, ending):
            session.rollback()
            return False
        add_lines(session, opening.run_id, this.lines.kept())
        session.commit()
        return True

    def _succeeded_after_all(self, this: "_Attempt", error: BaseException) -> bool:
        """Write down how the attempt ended; True when its commit went through all the same."""
        with suppress(SQLAlchemyError):
            this.context.session.rollback()
        if is_a_kill(error):
            # The parent process knows why, and closes the run.
            self.log.warning("run.killed")
            return False
        if isinstance(error, GoesOnError):
            self._let_go(this, error)
            return False
        ending = self._failure(this, error)
        opening = this.opening
        try:
            stands = self.gate.close(
                opening.run_id, opening.token, ending, this.lines.kept(), this.until
            )
        except UnrecordedError as away:
            self._unrecorded(away, ending.outcome, error=ending.error)
            return False
        if stands is ending.outcome:
            name = "run.timed_out" if stands is Outcome.TIMED_OUT else "run.failed"
            self.log.error(name, error=ending.error, counts=this.context.counts)
        # Then only the reply to the commit was lost.
        return stands is Outcome.SUCCEEDED

    def _let_go(self, this: "_Attempt", error: GoesOnError) -> None:
        reason = shortened(self._hide(error.reason), LONGEST_ERROR)
        # The row's own reason is the next attempt's.
        lines = [*this.lines.kept(), Line(self.clock.now(), "error", reason)]
        opening = this.opening
        try:
            self.gate.let_go(
                opening.run_id,
                opening.token,
                reason,
                not_before=error.after,
                lines=lines,
                until=this.until,
            )
        except UnrecordedError as away:
            self._unrecorded(away, "waiting", error=reason)
        else:
            self.log.info("run.waiting", reason=reason)

    def _failure(self, this: "_Attempt", error: BaseException) -> Ending:
        in_time = not isinstance(error, SoftTimeLimitExceeded)
        return dataclasses.replace(
            self._ending(Outcome.FAILED if in_time else Outcome.TIMED_OUT, this),
            reason=None if in_time else "it ran longer than its time limit",
            error=said_by(error, self._hide),
            traceback=traceback_of(error, self._hide),
        )

    def _ending(self, outcome: Outcome, this: "_Attempt") -> Ending:
        counts = dict(this.context.counts)
        return Ending(outcome=outcome, finished_at=self.clock.now(), counts=counts)

    def _started(self, opening: Opening) -> None:
        self.log.info("run.started", due_at=opening.due_at.isoformat(), worker=opening.worker)

    def _unrecorded(self, away: UnrecordedError, outcome: str, **told: str | None) -> None:
        self.log.critical("run.unrecorded", outcome=str(outcome), reason=str(away), **told)

    def _dropped(self, opening: Opening, answer: AlreadyStarted) -> Dropped:
        stands = str(answer.outcome or answer.state)
        # A caller may have used an id twice, and waits for nothing.
        worse = opening.trigger is Trigger.CALL and answer.state is RunState.ENDED
        told = {"reason": "already started", "state": stands, "by": answer.worker}
        if worse:
            self.log.warning("run.dropped", **told)
        else:
            self.log.info("run.dropped", **told)
        return Dropped(f"already {stands} on {answer.worker}")

    def _disowned(self) -> Dropped:
        self.log.error("run.disowned", reason="its record was closed by somebody else meanwhile")
        return Dropped("its record was closed by somebody else; its work was not committed")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What an attempt's end is made of."""

    opening: Opening
    context: RunContext
    lines: Lines
    #: When its process will have to have written it down, on the monotonic clock.
    until: float


def _finished(result: Any) -> Any:
    """The result, unless nobody would ever wait for it."""
    if inspect.iscoroutine(result):
        result.close()
        raise TypeError("the task is an async function: nobody would await it")
    return result
