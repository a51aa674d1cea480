"""Waiting until runs have ended that somebody asked for, and hearing of them meanwhile."""

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beat_schedule.actions.listening import Ear
from beat_schedule.actions.whereabouts import Whereabouts, whereabouts
from beat_schedule.clock import Clock
from beat_schedule.dispatch.pushes import Message
from beat_schedule.errors import BrokerError
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord, runs_of
from beat_schedule.store.unusable import unusable

from .following import EVERY, News, in_words, standing, whole_run
from .story import errors

#: Seconds between two looks at first, and for how long: most runs are over by then.
SOON, FIRST = 0.2, 5.0

#: Of the runs that have not started so many are looked for in Redis at each look.
MOST_SOUGHT = 20

#: Seconds for which every message is nowhere: a worker that has just taken it says so late.
A_MOMENT = 3.0

#: Seconds after which one that is nowhere is given up.
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Awaited:
    """A run that was sent."""

    run: uuid.UUID
    entry: str
    #: None where nobody knows it.
    message: Message | None


class Shown(Protocol):
    """Where people see how the runs stand."""

    def stands(self, run: Awaited, how: str, record: RunRecord | None) -> None:
        """How it stands now; with no record while it has not started."""

    def says(self, run: Awaited, what: Text) -> None:
        """What befell it, or what it said."""

    def notes(self, what: str) -> None:
        """What is of no single run; empty when that is over."""


class Waiting:
    """Looks at the runs until each has ended, or its message is lost."""

    def __init__(
        self,
        sessions: Sessions,
        settings: Settings,
        runs: Iterable[Awaited],
        shown: Shown,
        clock: Clock,
        *,
        ear: Ear | None,
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._open = {each.run: each for each in runs}
        self._shown = shown
        self._clock = clock
        #: Listens where what the runs say is to be told.
        self._ear = ear
        self._news = {run: News() for run in self._open} if ear else {}
        self._nowhere_since: dict[uuid.UUID, float] = {}
        #: Each as it stood at the last look that found it.
        self.found: dict[uuid.UUID, RunRecord] = {}
        #: Those that will never start.
        self.lost: set[uuid.UUID] = set()

    def until_all_have_ended(self) -> None:
        """Goes on while the record or Redis is away."""
        begun = self._clock.monotonic()
        while self._open:
            self._look()
            if self._open:
                is_new = self._clock.monotonic() - begun < FIRST
                self._clock.sleep(SOON if is_new else EVERY)

    def _look(self) -> None:
        self._ask_the_record()
        self._listen()

    def _ask_the_record(self) -> None:
        try:
            with self._sessions() as session:
                known = runs_of(session, self._open).items()
                # What was sent is on record already, and its message tells more.
                found = {run: record for run, record in known if not record.is_queued}
                for record in found.values():
                    self._tell(session, self._open[record.id], record)
        except SQLAlchemyError as error:
            self._shown.notes(f"{unusable(error)}\nthe runs go on, and so does the waiting")
            return
        self._shown.notes("")
        self.found |= found
        self._seek([run for run in self._open if run not in found])
        for run, record in found.items():
            if record.state is RunState.ENDED:
                del self._open[run]

    def _listen(self) -> None:
        """What is not on record yet."""
        heard = self._ear.heard(self._open) if self._ear and self._open else {}
        for run, lines in heard.items():
            if run not in self._open:
                continue
            for line in self._news[run].heard(lines):
                self._shown.says(self._open[run], in_words(line))

    def _tell(self, session: Session, run: Awaited, record: RunRecord) -> None:
        if run.run in self._news:
            whole = whole_run(session, str(run.run))
            for each in self._news[run.run].of(whole):
                self._shown.says(run, in_words(each))
            if record.state is RunState.ENDED:
                for error in errors(record, whole.attempts):
                    self._shown.says(run, error)
        on = f" on {record.worker}" if record.state is RunState.RUNNING else ""
        self._shown.stands(run, standing(record, on), record)

    def _seek(self, unstarted: Sequence[uuid.UUID]) -> None:
        for run in unstarted[:MOST_SOUGHT]:
            # Behind the others, so that each has its turn.
            awaited = self._open[run] = self._open.pop(run)
            try:
                where = self._where(awaited)
            except BrokerError as error:
                self._shown.stands(awaited, f"not started, and nobody can say why: {error}", None)
                self._nowhere_since.pop(run, None)
            else:
                self._give_up_what_is_lost(run, where)
                if not self._is_just_taken(run):
                    self._shown.stands(awaited, _in_words(where), None)

    def _where(self, run: Awaited) -> Whereabouts | None:
        return whereabouts(self._settings, run.message, run.run) if run.message else None

    def _is_just_taken(self, run: uuid.UUID) -> bool:
        """Whether it is nowhere as any message is for a moment."""
        now = self._clock.monotonic()
        return now - self._nowhere_since.get(run, -math.inf) < A_MOMENT

    def _give_up_what_is_lost(self, run: uuid.UUID, where: Whereabouts | None) -> None:
        if where is None or not where.is_nowhere:
            self._nowhere_since.pop(run, None)
            return
        now = self._clock.monotonic()
        if now - self._nowhere_since.setdefault(run, now) >= PATIENCE:
            self.lost.add(run)
            del self._open[run]


def _in_words(where: Whereabouts | None) -> str:
    if where is None:
        return "not started"
    if where.is_in_hand:
        return "a worker has its message, and has not started it"
    if where.before is None:
        return "its message is in no queue, and no worker has it"
    first = f"{where.before} before it" if where.before else "nothing before it"
    workers = "" if where.workers else "; no living worker takes from there"
    return f"waits in the queue {where.queue}, {first}{workers}"
