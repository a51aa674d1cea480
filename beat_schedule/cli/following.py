"""A run with everything that belongs to it, as it stands or until it has ended."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text
from sqlalchemy.orm import Session

from beat_schedule.actions.listening import Ear
from beat_schedule.clock import Clock
from beat_schedule.errors import NotFoundError
from beat_schedule.store.attempts import AttemptRecord, EventRecord, attempts_of, events_of
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord, lines_of, run_named, sent_named
from beat_schedule.store.runs import Line
from beat_schedule.store.said import has_words

from . import run_words, words
from .story import (
    Moment,
    attempt_as_json,
    errors,
    event_as_json,
    fields,
    in_order,
    said,
    story_of,
    told,
)

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


class News:
    """What is new of a run from look to look."""

    def __init__(self, grep: str | None = None) -> None:
        self._grep = grep
        self._told: set[Moment] = set()
        self._lines = 0
        #: Lines that were told, by when and what: one is heard first, and on record later.
        self._said: set[tuple[datetime, str]] = set()

    def of(self, whole: Whole) -> Iterator[Moment | Line]:
        """What happened and was said since the last look, in order."""
        new = [moment for moment in whole.story if moment not in self._told]
        lines = self._wanted(whole.lines[self._lines :])
        self._told |= set(new)
        self._lines = len(whole.lines)
        self._note(lines)
        return in_order(new, lines)

    def heard(self, lines: Iterable[Line]) -> list[Line]:
        """What of this, which is not on record yet, is told for the first time."""
        new = self._wanted(lines)
        self._note(new)
        return new

    def _note(self, lines: Iterable[Line]) -> None:
        self._said |= {(line.at, line.text) for line in lines}

    def _wanted(self, lines: Iterable[Line]) -> list[Line]:
        return [
            line
            for line in lines
            if (line.at, line.text) not in self._said
            and (self._grep is None or has_words(line, self._grep))
        ]


class Follower:
    """Looks at a run every second, and tells what is new."""

    def __init__(
        self,
        session: Session,
        name: str,
        tell: Callable[[RenderableType], object],
        *,
        grep: str | None = None,
        clock: Clock,
        ear: Ear,
    ) -> None:
        self._ear = ear
        self._session = session
        self._name = name
        self._news = News(grep)
        self._tell = tell
        self._clock = clock
        self._is_first = True
        self._said = ""

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
        if self._is_first:
            self._tell(fields(run))
        self._is_first = False
        heard = self._news.heard(self._ear.heard([run.id]).get(run.id, ()))
        for each in (*self._news.of(whole), *heard):
            self._tell(in_words(each))
        if run.state is RunState.ENDED:
            for error in errors(run, whole.attempts):
                self._tell(error)
        self._say(standing(run))

    def _say(self, standing: str) -> None:
        """How it stands, if it stands otherwise than it did."""
        if standing != self._said:
            self._tell(Text(standing, style="dim"))
        self._said = standing


def console() -> Console:
    """Lines of logs are not folded."""
    return Console(highlight=False, soft_wrap=True)


def in_words(news: Moment | Line) -> Text:
    return told(news) if isinstance(news, Moment) else said(news)


def standing(run: RunRecord, note: str = "") -> str:
    """How it stands, in words; of one that runs with this note."""
    match run.state:
        case RunState.RUNNING:
            far = run_words.progress(run)
            return f"running{': ' if far else ''}{far}{note}"
        case RunState.WAITING:
            return f"waiting: {run_words.goes_on(run)}"
        case RunState.ENDED:
            took = words.duration(run.took)
            return f"{run.ending}{' in ' if took else ''}{took}"


def whole_as_json(whole: Whole) -> dict[str, Any]:
    return run_words.as_json(whole.run) | {
        "attempts": [attempt_as_json(each) for each in whole.attempts],
        "events": [event_as_json(each) for each in whole.events],
        "lines": [line_as_json(each) for each in whole.lines],
    }


def line_as_json(line: Line) -> dict[str, str]:
    return {"at": line.at.isoformat(), "level": line.level, "text": line.text}
