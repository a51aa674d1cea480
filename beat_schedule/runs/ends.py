"""How an attempt ends: its work and its record in one transaction, or its failure written down."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from celery.exceptions import Retry, SoftTimeLimitExceeded
from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.plain import plain
from beat_schedule.policies import RunPolicy
from beat_schedule.store.cut_off import was_cut_off
from beat_schedule.store.endings import add_lines, close_run
from beat_schedule.store.engine import may_have_written
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.runs import Again, Ending, Line, Opening

from .again import after_failure, after_loss
from .context import RunContext, position
from .failure import Failure, is_a_kill
from .gate import Gate, UnrecordedError, undisturbed
from .heralds import Heralds
from .lines import Lines, are_kept
from .verdict import Carried, Dropped, GoesOnError, SkippedError, Verdict


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt's end is made of.

    The task had the context in hand, and may have changed it: of what must be right nothing is
    read from there.
    """

    opening: Opening
    number: int
    policy: RunPolicy
    session: Session
    context: RunContext
    lines: Lines
    #: When its process will have to have written it down, on the monotonic clock.
    until: float


class Ends:
    """Writes down how attempts end; insists while the database is away."""

    def __init__(
        self, gate: Gate, heralds: Heralds, clock: Clock, log: FilteringBoundLogger
    ) -> None:
        self._gate = gate
        self._heralds = heralds
        self._clock = clock
        self._log = log

    def succeeded(self, this: Attempt, result: Any) -> Verdict:
        """Commit the task's work and the end of its run as one, if it still owns its row."""
        try:
            is_ours = self._is_committed(this)
        except UnrecordedError as away:
            self._unrecorded(away, Outcome.SUCCEEDED)
            return Carried(result)
        if not is_ours:
            return self._disowned()
        return Carried(result)

    def went_wrong(
        self, this: Attempt, error: BaseException, failure: Failure, result: Any
    ) -> Verdict | BaseException:
        """Write down how it ended; what is to be raised, the error itself as a rule.

        Else nothing is wrong: the task skipped itself, or only the reply was lost to the commit of
        its work, which then has its `result`.
        """
        # There may be listeners of the task's own.
        with suppress(Exception):
            this.session.rollback()
        if is_a_kill(error):
            # The parent process knows why, and closes the run.
            self._log.warning("run.killed")
            return error
        match error:
            case GoesOnError():
                self._give_back(this, error, failure)
                return error
            case SkippedError():
                return self._skipped(this, error.reason)
            case _:
                return self._failed(this, error, failure, result)

    def _is_committed(self, this: Attempt) -> bool:
        opening, session = this.opening, this.session
        ending = self._ending(this, Outcome.SUCCEEDED)
        lines = this.lines.kept() if are_kept(this.policy.log, ending.outcome) else []
        if not may_have_written(session):
            session.commit()
            if self._gate.close(opening, ending, lines, this.until) is not Outcome.SUCCEEDED:
                return False
        elif close_run(session, opening.run_id, opening.token, ending):
            add_lines(session, opening.run_id, lines, this.number)
            session.commit()
        else:
            session.rollback()
            return False
        self._tell_of_success(this, ending)
        return True

    def _failed(
        self, this: Attempt, error: BaseException, failure: Failure, result: Any
    ) -> Verdict | BaseException:
        outcome, reason = how_it_failed(error)
        ending = self._ending(
            this,
            outcome,
            reason=reason,
            error=failure.said,
            traceback=failure.traceback,
            fingerprint=failure.fingerprint,
        )
        again = self._again(this, error, ending)
        try:
            stands = self._gate.end_attempt(
                this.opening, ending, again, this.lines.kept(), this.until
            )
        except UnrecordedError as away:
            self._unrecorded(away, ending.outcome, error=ending.error)
            return error
        if stands is Outcome.SUCCEEDED:
            self._tell_of_success(this, self._ending(this, Outcome.SUCCEEDED))
            return Carried(result)
        if stands is RunState.WAITING:
            return self._retry(error, ending, again)
        if stands is ending.outcome:
            self._tell_of_failure(this, ending)
        return error

    def _again(self, this: Attempt, error: BaseException, ending: Ending) -> Again:
        if ending.outcome is Outcome.LOST:
            return after_loss(this.policy, ending.finished_at)
        return after_failure(this.policy, error, this.number, ending.finished_at)

    def _tell_of_success(self, this: Attempt, ending: Ending) -> None:
        self._log.info("run.succeeded", counts=ending.counts)
        # It is over, whatever happens from here on.
        undisturbed(lambda: self._heralds.tell_of_end(this.opening, this.number, ending))

    def _tell_of_failure(self, this: Attempt, ending: Ending) -> None:
        told = {"error": ending.error, "counts": ending.counts}
        match ending.outcome:
            case Outcome.TIMED_OUT:
                self._log.error("run.timed_out", **told)
            case Outcome.LOST:
                self._log.error("run.lost", **told)
            case _:
                self._log.error("run.failed", **told)
        self._heralds.tell_of_end(this.opening, this.number, ending)

    def _retry(self, error: BaseException, ending: Ending, again: Again) -> GoesOnError:
        after = again.not_before - ending.finished_at
        seconds = round(after.total_seconds(), 1)
        self._log.warning("run.retrying", error=ending.error, seconds=seconds)
        # Celery is told what is true, and sends nothing: the run waits in its row.
        goes_on = GoesOnError("it failed", after)
        goes_on.__cause__ = Retry(f"it is tried again in {seconds} s", error, seconds)
        return goes_on

    def _give_back(self, this: Attempt, error: GoesOnError, failure: Failure) -> None:
        ending = self._ending(this, Outcome.FAILED, reason=failure.reason)
        # The row's own reason is the next attempt's.
        lines = [*this.lines.kept(), Line(ending.finished_at, "error", failure.reason)]
        try:
            is_ours = self._gate.give_back(
                this.opening,
                ending,
                after=error.after,
                has_message=error.has_message,
                lines=lines,
                until=this.until,
            )
        except UnrecordedError as away:
            self._unrecorded(away, "waiting", error=failure.reason)
        else:
            if is_ours:
                self._log.info("run.waiting", reason=failure.reason)
            else:
                self._disowned()

    def _skipped(self, this: Attempt, reason: str) -> Verdict:
        ending = self._ending(this, Outcome.SKIPPED, reason=reason)
        try:
            stands = self._gate.close(this.opening, ending, this.lines.kept(), this.until)
        except UnrecordedError as away:
            self._unrecorded(away, Outcome.SKIPPED)
            return Dropped(f"skipped: {reason}", is_over=True, outcome="skipped")
        if stands is not Outcome.SKIPPED:
            return self._disowned()
        self._log.info("run.skipped", outcome="skipped", reason=reason)
        self._heralds.tell_of_end(this.opening, this.number, ending)
        return Dropped(f"skipped: {reason}", is_over=True, outcome="skipped")

    def _ending(self, this: Attempt, outcome: Outcome, **more: Any) -> Ending:
        return Ending(
            outcome=outcome,
            finished_at=self._clock.now(),
            counts=_counts(this.context),
            progress=_progress(this.context),
            **more,
        )

    def _unrecorded(self, away: UnrecordedError, outcome: str, **told: str | None) -> None:
        self._log.critical("run.unrecorded", outcome=str(outcome), reason=str(away), **told)

    def _disowned(self) -> Dropped:
        self._log.error("run.disowned", reason="its record was closed by somebody else meanwhile")
        return Dropped("its record was closed by somebody else; its work was not committed")


def _counts(context: RunContext) -> dict[str, Any]:
    """As they can be kept; none if the task left something else in their place."""
    counts: dict[str, Any] = {}
    with suppress(Exception):
        counts = plain(dict(context.counts))
    return counts


def _progress(context: RunContext) -> tuple[int, int | None] | None:
    """As it can be kept; none if the task left something else in its place."""
    with suppress(Exception):
        return position(*(context.progress_made or ()))
    return None


def how_it_failed(error: BaseException) -> tuple[Outcome, str | None]:
    """The outcome, and why; None where the error says it all."""
    if isinstance(error, SoftTimeLimitExceeded):
        return Outcome.TIMED_OUT, "it ran longer than its time limit"
    if was_cut_off(error):
        # Its work was undone, and another attempt may do it: as if its worker had died.
        return Outcome.LOST, "the database went away while it ran"
    return Outcome.FAILED, None
