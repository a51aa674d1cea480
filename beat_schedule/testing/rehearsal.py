"""What the project's entries have due, carried out in this process as a clock is moved.

Each run goes through the real gate, on a record of its own: a SQLite file that is thrown away. No
Redis is asked, and neither beats nor workers hear of it.
"""

import heapq
import logging
import uuid
from collections.abc import Collection, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from beat_schedule import actions
from beat_schedule.entries import Entry, run_id
from beat_schedule.runs.celery_task import body_at
from beat_schedule.runs.feature_rows import make_feature_rows
from beat_schedule.runs.process import Process
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from beat_schedule.store import features
from beat_schedule.store.engine import make_engine
from beat_schedule.store.migrate import migrate
from beat_schedule.store.models import Run, RunState, Trigger
from beat_schedule.store.runs import Opening
from beat_schedule.translate import load

from .clock import ManualClock
from .due import Moment, moment_in
from .ran import Ran, ran

#: Stands in the record for the worker.
WORKER = "rehearsal"

#: Between two looks at a run that says no time at which it goes on.
PAUSE = timedelta(seconds=5)

#: What would reach others than the test: the mailer of the house may heed the last.
_QUIET: dict[str, Any] = {"alerts": None, "beat_ping": None, "mail_dry_run": True}


@dataclass(frozen=True, slots=True, order=True)
class _Coming:
    """A run that is to start, or to go on, at an instant."""

    at: datetime
    key: str
    due_at: datetime


class Rehearsal:
    """The entries of the project in this folder, and a clock that stands until it is moved.

    `at` is what the clock says first; without an offset it is in the zone of the settings. `only`
    are keys, or tasks with one entry; none for all. `settings` stand over those of the project,
    by their names: `environment="production"`, `providers="tests.fakes:providers"`. To be used
    with `with`; entering it raises SettingsError, and NotFoundError for a name in `only` that no
    good entry has.
    """

    def __init__(
        self,
        at: Moment,
        *,
        only: Collection[str] = (),
        project: Path | None = None,
        **settings: Any,
    ) -> None:
        own = Settings.read(project=project).model_dump(exclude_unset=True)
        self._zone = Settings(**own | settings).zone
        self._said = own | _QUIET | settings
        self._only = only
        self._undo = ExitStack()
        self._coming: list[_Coming] = []
        self._seen: dict[uuid.UUID, None] = {}
        self.clock = ManualClock(moment_in(self._zone, at))

    def __enter__(self) -> Self:
        with self._undo:
            folder = self._undo.enter_context(TemporaryDirectory(prefix="hookbeat-"))
            url = f"sqlite:///{folder}/rehearsal.db"
            self.settings = Settings(**self._said | {"database_url": url})
            self._make_record(url)
            self._entries = {entry.key: _silent(entry) for entry in self._meant()}
            self._process = Process(self.settings, entries=self._entries.values(), clock=self.clock)
            self._undo.callback(self._process.release)
            self._listen()
            self._undo = self._undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def run_due(self, until: Moment) -> list[Ran]:
        """Move the clock to `until`, and carry out on the way whatever is due after now.

        Each starts when a beat on time would send it, its `spread` included, and takes no time but
        what it sleeps on the clock. A failed one is attempted again as its entry says, as far as
        `until` reaches. What a run raises is in its record and stops nothing. Returns the runs
        that were due or went on, in the order of their first start. Raises ValueError for a time
        that is over.
        """
        end = moment_in(self._zone, until)
        now = self.clock.now()
        if end < now:
            raise ValueError(f"the clock says {now}: it cannot be moved back to {until}")
        due = heapq.merge(*(_due(entry, now, end) for entry in self._entries.values()))
        touched: dict[uuid.UUID, None] = {}
        following = next(due, None)
        while following or (self._coming and self._coming[0].at <= end):
            if following and (not self._coming or following <= self._coming[0]):
                this, following = following, next(due, None)
            else:
                this = heapq.heappop(self._coming)
            self._move_to(this.at)
            touched[self._carry_out(this)] = None
        self._move_to(end)
        return self._told(touched)

    @property
    def runs(self) -> list[Ran]:
        """All so far, in the order of their first start."""
        return self._told(self._seen)

    def switch(self, feature: str, *, on: bool) -> None:
        """Switch a feature on or off; raises NotFoundError for one that no enum declares."""
        with self._process.runner.sessions.begin() as session:
            at = self.clock.now()
            features.switch(session, feature, active=on, by=WORKER, why="rehearsed", at=at)

    def _make_record(self, url: str) -> None:
        engine = make_engine(url)
        try:
            migrate(engine, self.settings)
        finally:
            engine.dispose()
        make_feature_rows(self.settings, toggles_of(self.settings).values())

    def _meant(self) -> Iterable[Entry]:
        entries = load(self.settings).entries
        if not self._only:
            return entries
        return [actions.find_entry(entries, name) for name in self._only]

    def _listen(self) -> None:
        """Without it what tasks log below a warning would not reach the record."""
        root = logging.getLogger()
        self._undo.callback(root.setLevel, root.level)
        root.setLevel(min(root.level, logging.getLevelNamesMapping()[self.settings.log_level]))

    def _move_to(self, at: datetime) -> None:
        self.clock.advance(max(at - self.clock.now(), timedelta(0)))

    def _carry_out(self, this: _Coming) -> uuid.UUID:
        entry = self._entries[this.key]
        run, runner = run_id(entry.key, this.due_at), self._process.runner
        self._seen[run] = None
        opening = self._opening(entry, run, this.due_at)
        body = body_at(entry.task, entry.args, entry.kwargs)
        with suppress(Exception, SystemExit):
            runner.carry_out(opening, body, policy=entry.run_policy)
        with runner.sessions() as session:
            row = session.get_one(Run, run)
            if row.state is RunState.WAITING:
                again = max(row.not_before or self.clock.now() + PAUSE, self.clock.now())
                heapq.heappush(self._coming, _Coming(again, this.key, this.due_at))
        return run

    def _opening(self, entry: Entry, run: uuid.UUID, due_at: datetime) -> Opening:
        now = self.clock.now()
        return Opening(
            run_id=run,
            token=uuid.uuid4(),
            entry=entry.key,
            task=entry.task,
            due_at=due_at,
            trigger=Trigger.SCHEDULE,
            queue=entry.queue,
            worker=WORKER,
            started_at=now,
            queued_at=now,
            args=entry.args,
            kwargs=entry.kwargs,
            overlap=entry.policy.overlap,
            expires_at=entry.policy.expires_at(due_at),
            reruns=entry.run_policy.reruns,
        )

    def _told(self, runs: Iterable[uuid.UUID]) -> list[Ran]:
        with self._process.runner.sessions() as session:
            return [ran(session, run) for run in runs]


def _due(entry: Entry, now: datetime, end: datetime) -> Iterable[_Coming]:
    """What is to be sent in (now, end]."""
    spread = entry.spread
    for due_at in entry.schedule.between(now - spread, end - spread):
        yield _Coming(due_at + spread, entry.key, due_at)


def _silent(entry: Entry) -> Entry:
    """Nobody outside is told of its runs."""
    return replace(entry, run_policy=replace(entry.run_policy, ping=""))
