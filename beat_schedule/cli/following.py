"""A run with everything that belongs to it, as it stands or until it has ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text
from sqlalchemy.orm import Session

from beat_schedule.clock import Clock
from beat_schedule.errors import NotFoundError
from beat_schedule.store.attempts import AttemptRecord, EventRecord, attempts_of, events_of
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord, lines_of, run_named, sent_named
from beat_schedule.store.runs import Line
from beat_schedule.store.said import has_words

from . import words
from .story import Moment, errors, fields, in_order, said, story_of, told

#: Seconds between two looks at a run that is followed.
EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything about a run."""

    run: RunRecord
    attempts: Sequence[AttemptRecord]
    events: Sequence[EventRecord]
    lines: Sequence[Line]

    @property
    def story(self) -> list[Moment]:
        return story_of(self.attempts, self.events)

    @property
    def has_story(self) -> bool:
        """Whether there is more to tell than that it started and ended."""
        return len(self.attempts) > 1 or bool(self.events)


def whole_run(session: Session, name: str, grep: str | None = None, after: int = -1) -> Whole:
    """The run of that name, with its lines after that number; raises as `run_named`."""
    run = run_named(session, name)
    lines = lines_of(session, run.id, after)
    if grep is not None:
        lines = [line for line in lines if has_words(line, grep)]
    return Whole(run, attempts_of(session, run), events_of(session, run.id), lines)


class Follower:
    """Looks at a run every second, and tells what is new."""

    def __init__(
        self,
        session: Session,
        name: str,
        grep: str | None,
        tell: Callable[[RenderableType], object],
        clock: Clock,
    ) -> None:
        self._session = session
        self._name = name
        self._grep = grep
        self._tell = tell
        self._clock = clock
        self._told: set[Moment] = set()
        self._said = ""
        self._lines = 0

    def until_it_ends(self) -> Whole:
        """Everything about it when it has ended; raises NotFoundError as `run_named`."""
        while True:
            whole = self._looked()
            if whole and whole.run.state is RunState.ENDED:
                return whole
            # Else the next look would see what this one saw.
            self._session.rollback()
            self._clock.sleep(EVERY)

    def _looked(self) -> Whole | None:
        try:
            whole = whole_run(self._session, self._name)
        except NotFoundError as none:
            if sent_named(self._session, self._name) is None:
                raise
            self._say(str(none))
            return None
        self._tell_news(whole)
        return whole

    def _tell_news(self, whole: Whole) -> None:
        run = whole.run
        if not self._told:
            self._tell(fields(run))
        new = [moment for moment in whole.story if moment not in self._told]
        lines = whole.lines[self._lines :]
        self._told |= set(new)
        self._lines = len(whole.lines)
        for each in in_order(new, [line for line in lines if self._is_wanted(line)]):
            self._tell(told(each) if isinstance(each, Moment) else said(each))
        if run.state is RunState.ENDED:
            for error in errors(run, whole.attempts):
                self._tell(error)
        self._say(_standing(run))

    def _is_wanted(self, line: Line) -> bool:
        return self._grep is None or has_words(line, self._grep)

    def _say(self, standing: str) -> None:
        """How it stands, if it stands otherwise than it did."""
        if standing != self._said:
            self._tell(Text(standing, style="dim"))
        self._said = standing


def _standing(run: RunRecord) -> str:
    match run.state:
        case RunState.RUNNING:
            far = words.progress(run)
            return f"running{': ' if far else ''}{far} (its lines come when the attempt ends)"
        case RunState.WAITING:
            return f"waiting: {words.goes_on(run)}"
        case RunState.ENDED:
            took = words.duration(run.took)
            return f"{run.ending}{' in ' if took else ''}{took}"
