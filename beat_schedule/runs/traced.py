"""One delivery of a run, as a trace tells of it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from celery import signals
from celery.exceptions import Retry

from beat_schedule import logs, tracing
from beat_schedule.settings import Settings
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import TRACE, Ending, Opening

from .ends import how_it_failed
from .failure import is_a_kill, said_by, traceback_of
from .gate import Held, undisturbed
from .verdict import Carried, GoesOnError, Verdict

if TYPE_CHECKING:
    from beat_schedule.tracing.spans import Carrying

V = TypeVar("V", bound=Verdict)

log = logs.logger("hookbeat.tracing")


class Traced(AbstractContextManager["Traced"]):
    """Its span, from the gate to the end; nothing where nobody asks for traces."""

    def __init__(self, opening: Opening, hide: Callable[[str], str]) -> None:
        self._hide = hide
        spans = tracing.in_use()
        self._span = spans and spans.carrying(_name(opening), _said(opening), opening.carrier)

    @property
    def bound(self) -> Mapping[str, str]:
        """What log lines say of it."""
        return {"trace_id": self._span.trace_id} if self._span and self._span.trace_id else {}

    def noted(self, versions: Mapping[str, str]) -> Mapping[str, str]:
        """The same with what the record keeps of it."""
        return {**versions, TRACE: self._span.root} if self._span and self._span.root else versions

    def attempt(self, number: int) -> None:
        if self._span:
            self._span.say({"hookbeat.attempt": number})

    def came_to(self, verdict: V) -> V:
        if self._span:
            said = {name: self._hide(text) for name, text in _told(verdict).items()}
            self._span.say(said)
        return verdict

    def __enter__(self) -> Self:
        if self._span:
            self._span.__enter__()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if span := self._span:
            undisturbed(lambda: self._left(span, error))

    def _left(self, span: "Carrying", error: BaseException | None) -> None:
        try:
            if error is None:
                return
            if is_a_kill(error):
                # The parent process knows why, and tells.
                span.forget()
            else:
                self._went_wrong(span, error)
        finally:
            span.__exit__()

    def _went_wrong(self, span: "Carrying", error: BaseException) -> None:
        outcome, cause = _outcome(error)
        span.say({"hookbeat.outcome": outcome})
        if cause is not None:
            traceback = traceback_of(cause, self._hide)
            span.went_wrong(type(cause).__qualname__, said_by(cause, self._hide), traceback)


def trace_end(opening: Opening, ending: Ending, began: float | None) -> None:
    """Of an attempt whose process is gone, and its span with it."""
    if spans := tracing.in_use():
        reason = ending.reason or ""
        said = {
            **_said(opening),
            "hookbeat.outcome": str(ending.outcome),
            "hookbeat.reason": reason,
        }
        spans.ended_outside(_name(opening), said, opening.carrier, began=began, error=reason)


def look_after_traces(settings: Settings) -> None:
    """Trace as the settings say, and say at the start if that cannot be."""
    tracing.use(settings)
    if not settings.tracing:
        return

    def begin(**_: Any) -> None:
        if reason := tracing.unusable(settings):
            log.error("tracing.unusable", reason=reason, cure=tracing.CURE)
        else:
            # Or each child of a pool would import it, in the time of its first run.
            tracing.prepare()

    def leave(**_: Any) -> None:
        tracing.flush(tracing.LAST_WORDS)

    for start in (signals.celeryd_after_setup, signals.beat_init):
        start.connect(begin, weak=False)
    # What ends by itself sends them at its exit, which a pool's child does not come to.
    signals.worker_process_shutdown.connect(leave, weak=False)


def _name(opening: Opening) -> str:
    return f"run {opening.task}"


def _said(opening: Opening) -> dict[str, str | int]:
    said = tracing.attributes(
        entry=opening.entry,
        task=opening.task,
        due_at=opening.due_at.isoformat(timespec="milliseconds"),
        run=str(opening.run_id),
        trigger=str(opening.trigger),
        operation="process",
        queue=opening.queue,
    )
    more = {"messaging.message.id": opening.celery_id} if opening.celery_id else {}
    return {**said, "hookbeat.worker": opening.worker, **more}


def _told(verdict: Verdict) -> dict[str, str]:
    match verdict:
        case Carried():
            return {"hookbeat.outcome": str(Outcome.SUCCEEDED)}
        case Held(reason):
            return {"hookbeat.outcome": "given back", "hookbeat.reason": reason}
        case _:
            return {"hookbeat.outcome": verdict.outcome, "hookbeat.reason": verdict.reason}


def _outcome(error: BaseException) -> tuple[str, BaseException | None]:
    """The outcome, and what the task raised; None where that was nothing wrong."""
    if isinstance(error, GoesOnError):
        asked = error.__cause__
        return "retrying", asked.exc if isinstance(asked, Retry) else None
    return str(how_it_failed(error)[0]), error
