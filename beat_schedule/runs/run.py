"""One run, from top to bottom: gate, context, call, commit, record."""

import inspect
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule import logs
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.policies import RunPolicy
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions, late_writer
from beat_schedule.store.models import Outcome, RunState, Trigger
from beat_schedule.store.runs import Admitted, AlreadyStarted, Closed, NotNow, Opening

from .context import RunContext
from .decorators import tell_skipped
from .ends import Attempt, Ends
from .failure import failure_of, is_a_kill
from .gate import Gate, Held, Passed, RefusedError, undisturbed
from .guards import Guards
from .heralds import Heralds
from .lines import Lines, kept_in
from .live import Live
from .pings import Pings
from .progress import Progress
from .providers import Providers
from .traced import Traced
from .under_way import SILENT, Token
from .verdict import Dropped, GoesOnError, Verdict
from .versions import versions

#: Of a run that no beat knows how to send again.
ONCE = RunPolicy(reruns=0)

#: From the last try to write down how a run ended to the kill by its hard time limit.
LAST_WORDS = timedelta(seconds=12)


class Runner:
    """Carries runs out, one at a time or in threads."""

    def __init__(
        self,
        *,
        settings: Settings,
        sessions: Sessions,
        providers: Providers | None = None,
        clock: Clock | None = None,
        log: FilteringBoundLogger | None = None,
        guards: Guards | None = None,
        heralds: Heralds | None = None,
        live: Live | None = None,
    ) -> None:
        self.settings = settings
        self.sessions = sessions
        self.clock = clock or SystemClock()
        self.log = log or logs.logger("hookbeat.run")
        self.guards = guards or Guards(settings, {})
        remembered = self.guards.revision_that_passes
        self.gate = Gate(sessions, self.clock, self.log, guard=self.guards, remembered=remembered)
        self._heralds = heralds or Heralds(Pings(()))
        self._ends = Ends(self.gate, self._heralds, self.clock, self.log)
        self._providers = providers or Providers()
        self._live = live
        self._hide = logs.without_secrets(settings)

    def carry_out(
        self,
        opening: Opening,
        call: Callable[[RunContext], Any],
        within: timedelta | None = None,
        token: Token = SILENT,
        policy: RunPolicy = ONCE,
    ) -> Verdict:
        """Run `call` if the gate lets it, and write down how it ended.

        Whatever `call` raises is raised again after the record has it; GoesOnError where the run
        waits for another attempt. This process is killed when `within` is over, if it is given.
        By `token` the beats hear of it.
        """
        left = (within - LAST_WORDS).total_seconds() if within else math.inf
        until = self.clock.monotonic() + left
        with (
            Traced(opening, self._hide) as traced,
            logs.bound(run=str(opening.run_id), entry=opening.entry, **traced.bound),
        ):
            known = traced.noted(versions(self.settings.version))
            opening = replace(opening, versions=known)
            answer = self._asked(opening, until)
            match answer:
                case Admitted():
                    traced.attempt(answer.attempt)
                    make = partial(self._attempted, until=until, token=token, policy=policy)
                    with logs.bound(attempt=answer.attempt):
                        attempt = partial(make, opening, answer.attempt, call)
                        return traced.came_to(_told(token, attempt))
                case _:
                    return traced.came_to(self._turned_away(opening, answer, token))

    def _asked(self, opening: Opening, until: float) -> Passed:
        try:
            return self.gate.open(opening, until)
        except RefusedError as refused:
            self.log.error("run.refused", reason=str(refused))  # noqa: TRY400 -- it is all there is
            raise

    def _turned_away(self, opening: Opening, answer: Passed, token: Token) -> Verdict:
        match answer:
            case Closed():
                self.log.info("run.skipped", outcome=str(answer.outcome), reason=answer.reason)
                if answer.outcome is Outcome.SKIPPED:
                    tell_skipped(opening.task)
                token.end()
                reason = f"{answer.outcome}: {answer.reason}"
                return Dropped(reason, outcome=str(answer.outcome))
            case NotNow():
                self.log.info("run.waiting", reason=answer.reason)
                return Dropped(answer.reason, outcome="waiting")
            case AlreadyStarted():
                if answer.state is RunState.ENDED:
                    # A beat may have sent this after the run was over.
                    token.end()
                return self._dropped(opening, answer)
            case Held():
                self.log.error("run.given_back", reason=answer.reason)
                return answer
        raise AssertionError(answer)

    def _attempted(
        self,
        opening: Opening,
        attempt: int,
        call: Callable[[RunContext], Any],
        *,
        until: float,
        token: Token,
        policy: RunPolicy,
    ) -> Verdict:
        with late_writer(self.sessions) as session:
            context = self._context(opening, attempt, session)
            lines = Lines(self.clock, self._hide)
            this = Attempt(opening, attempt, policy, session, context, lines, until)
            result = None
            try:
                self._started(opening)
                token.start()
                self._heralds.tell_of_start(opening, attempt)
                with self._told_of(this), kept_in(this.lines):
                    result = _finished(call(context))
                return self._ends.succeeded(this, result)
            except BaseException as error:
                failure = failure_of(error, self._hide)
                end = partial(self._ends.went_wrong, this, error, failure, result)
                became = undisturbed(end)
                if became is error:
                    raise
                if isinstance(became, BaseException):
                    raise became  # noqa: B904 -- it has its cause
                return became

    def _told_of(self, this: Attempt) -> AbstractContextManager[None]:
        """While others may listen to what it says."""
        return self._live.told_of(this.opening.run_id, this.lines) if self._live else nullcontext()

    def _context(self, opening: Opening, attempt: int, session: Session) -> RunContext:
        run = opening.run_id, opening.token
        return RunContext(
            run_id=opening.run_id,
            entry=opening.entry,
            due_at=opening.due_at,
            attempt=attempt,
            session=session,
            settings=self.settings,
            clock=self.clock,
            log=logs.logger(f"hookbeat.task.{opening.task}"),
            providers=self._providers,
            features=self.guards.board.latest.features,
            progress_to=Progress(self.sessions, self.clock, *run, self.log),
        )

    def _started(self, opening: Opening) -> None:
        self.log.info("run.started", due_at=opening.due_at.isoformat(), worker=opening.worker)

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


def _told(token: Token, make: Callable[[], Verdict]) -> Verdict:
    """Make the attempt, and let the beats know whether the run is over with it."""
    # It goes on elsewhere, or the parent process tells how it ended.
    is_over = False
    try:
        verdict = make()
        is_over = verdict.is_over
    except BaseException as error:
        is_over = not (isinstance(error, GoesOnError) or is_a_kill(error))
        raise
    else:
        return verdict
    finally:
        undisturbed(token.end if is_over else token.wait)


def _finished(result: Any) -> Any:
    """The result, unless nobody would ever wait for it."""
    if inspect.iscoroutine(result):
        result.close()
        raise TypeError("the task is an async function: nobody would await it")
    return result
