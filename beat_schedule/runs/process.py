"""What runs share in one process: settings, entries, and a database of its own."""

import math
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine

from beat_schedule import logs
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.entries import Entry
from beat_schedule.errors import Problem
from beat_schedule.keys import MAIN
from beat_schedule.policies import Overlap, RunPolicy
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_fleeting_engine, make_sessions
from beat_schedule.store.models import Outcome, RunState, Trigger
from beat_schedule.store.runs import Again, Ending, Opening
from beat_schedule.translate.periodic import GRACE

from .code import Code
from .forking import NOT_WHILE_FORKING
from .gate import Gate, UnrecordedError
from .guards import Guards
from .heart import Heart, Owned, beating_for, owned
from .heralds import Heralds
from .known import Known
from .live import Live
from .message import opening_of
from .pings import Pings
from .providers import Providers, providers_of
from .run import ONCE, Runner
from .traced import trace_end
from .under_way import SILENT, Token, UnderWay

#: Why a run is given back by a worker that ends.
STOPPED = "its worker was told to stop"


class Process:
    """Builds the runner of this process when it is first asked for, and anew after a fork."""

    def __init__(
        self,
        settings: Settings,
        *,
        entries: Iterable[Entry],
        providers: Providers | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.log = logs.logger("hookbeat.run")
        self._own_providers = providers
        self._born = os.getpid()
        self._built: _Built | None = None
        self.declare(entries)
        #: What is wrong with what else is declared.
        self.problems: Sequence[Problem] = ()
        #: Of these why some modules cannot be read at all.
        self.unread: Sequence[Problem] = ()
        #: Reads the entries anew when their code is edited; None where nobody looks.
        self.code: Code | None = None
        self._fleeting = make_sessions(
            make_fleeting_engine(settings.database_url.get_secret_value())
        )
        #: For runs whose process is gone, or is about to be.
        self._outside = Gate(self._fleeting, self.clock, self.log, lock=NOT_WHILE_FORKING)

    def declare(self, entries: Iterable[Entry], settings: Settings | None = None) -> None:
        """Have these entries from now on, and these settings if given.

        What is under way goes on as it began, but for the URLs that are told of it. Raises
        SettingsError where features or providers cannot be used: then nothing changes.
        """
        by_key = MappingProxyType({entry.key: entry for entry in entries})
        settings = settings or self.settings
        by_name = Known(by_key.values(), settings)
        guards = Guards(settings, by_name)
        self._providers = self._own_providers or providers_of(settings)
        self.settings = settings
        self.entries, self.named, self._guards = by_key, by_name, guards
        if self._built and self._built.pid == os.getpid():
            # Of those that are in use each is closed when it is given back.
            self._built.engine.dispose()
            self._built.pings.follow(by_key.values())
            self._built = self._made(self._built.under_way, self._built.pings)

    @property
    def runner(self) -> Runner:
        return self._here.runner

    def opening(self, request: Any, task: str) -> Opening:
        """The opening that a delivery asks for; `request` is Celery's `Task.request`."""
        self.named.hear(task, request.headers or {})
        return opening_of(request, task, self.named, self.clock.now())

    def policy(self, opening: Opening) -> RunPolicy:
        """How its attempts are repeated; a plain call is not, for no beat could send it again."""
        entry = self.named.get(opening.entry) if opening.trigger is not Trigger.CALL else None
        return entry.run_policy if entry else ONCE

    def token(self, opening: Opening) -> Token:
        """By which the beats hear of the run: where it keeps other runs of its entry waiting."""
        return self._here.under_way.token(opening) if self._concerns_beats(opening) else SILENT

    def clock_of(self, key: str) -> str:
        """Whose beats see to the entry of that key; of one that is not known here, the common."""
        entry = self.entries.get(key)
        return entry.clock if entry else MAIN

    def time_limits(self, queue: str | None) -> tuple[float | None, float | None]:
        """Hard and soft limit, in seconds, of a run that says none itself."""
        timeout = self.settings.queue_timeouts.get(queue or "")
        if timeout is None:
            return None, None
        return (timeout + GRACE).total_seconds(), timeout.total_seconds()

    def lifetime(self, hard_limit: float | None) -> timedelta | None:
        """How long this process may live: only a pool's child is killed by a time limit."""
        in_child = os.getpid() != self._born
        return timedelta(seconds=hard_limit) if in_child and hard_limit else None

    def end_attempt(
        self, opening: Opening, ending: Ending, again: Again, *, began: float | None = None
    ) -> None:
        """End an attempt whose process is gone, beside the worker's own work.

        It `began` so many seconds after the epoch.
        """
        told = (opening, ending, again, began)
        threading.Thread(target=self._end_attempt, args=told).start()

    def let_go(self, opening: Opening, reason: str) -> None:
        """The same as `give_back`, beside the worker's own work."""
        threading.Thread(target=self.give_back, args=(opening, reason)).start()

    def give_back(self, opening: Opening, reason: str, until: float = math.inf) -> None:
        """Let a run go on elsewhere whose process ends; `until` is on the monotonic clock."""
        ending = Ending(outcome=Outcome.FAILED, finished_at=self.clock.now(), reason=reason)
        with logs.bound(run=str(opening.run_id), entry=opening.entry):
            try:
                is_given = self._outside.give_back(opening, ending, until=until)
            except UnrecordedError as away:
                with NOT_WHILE_FORKING:
                    self.log.critical("run.unrecorded", outcome="waiting", reason=str(away))
                return
            if is_given:
                with NOT_WHILE_FORKING:
                    self.log.warning("run.given_back", reason=reason)

    def heart(self, in_hand: Callable[[], Iterable[Owned]]) -> Heart:
        """Signs of life from this process, for the runs that are in hand then."""
        return Heart(self._fleeting, in_hand, self.clock, self.log, lock=NOT_WHILE_FORKING)

    def beating_for(self, opening: Opening) -> AbstractContextManager[None]:
        """Signs of life for one run, meanwhile."""
        return beating_for(self.heart(lambda: [owned(opening)]))

    def release(self) -> None:
        """Give the database's connections back."""
        if self._built:
            self._built.under_way.close()
            self._built.pings.close()
            self._built.engine.dispose()

    @property
    def _here(self) -> "_Built":
        # No lock: a fork in the middle would leave it locked for ever in the child.
        if self._built is None or self._built.pid != os.getpid():
            self._built = self._build(self._built)
        return self._built

    def _concerns_beats(self, opening: Opening) -> bool:
        entry = self.named.get(opening.entry)
        may_overlap = entry is not None and entry.policy.overlap is Overlap.ALLOW
        return opening.trigger is not Trigger.CALL and not may_overlap

    def _end_attempt(
        self, opening: Opening, ending: Ending, again: Again, began: float | None
    ) -> None:
        with logs.bound(run=str(opening.run_id), entry=opening.entry):
            try:
                stands = self._outside.end_attempt(opening, ending, again)
            except UnrecordedError as away:
                # A child that is forked in the middle of a line finds its stream locked.
                with NOT_WHILE_FORKING:
                    told = {"outcome": str(ending.outcome), "reason": str(away)}
                    self.log.critical("run.unrecorded", **told)
                return
            if stands in {ending.outcome, RunState.WAITING}:
                with NOT_WHILE_FORKING:
                    told = {"outcome": str(ending.outcome), "state": str(stands)}
                    self.log.error("run.closed", reason=ending.reason, **told)
                trace_end(opening, ending, began)
            if stands is ending.outcome:
                # Which attempt it was only its process knew.
                Heralds(self._here.pings).tell_of_end(opening, opening.attempt, ending)
            if stands and self._concerns_beats(opening):
                with NOT_WHILE_FORKING, closing(self._made_under_way()) as under_way:
                    token = under_way.token(opening)
                    (token.wait if stands is RunState.WAITING else token.end)()

    def _build(self, before: "_Built | None") -> "_Built":
        if before:
            # Its connections are the parent's: forget them, and close none.
            before.engine.dispose(close=False)
        return self._made(self._made_under_way(), Pings(self.entries.values()))

    def _made(self, under_way: UnderWay, pings: Pings) -> "_Built":
        engine = make_engine(self.settings.database_url.get_secret_value())
        runner = Runner(
            settings=self.settings,
            sessions=make_sessions(engine),
            providers=self._providers,
            clock=self.clock,
            log=self.log,
            guards=self._guards,
            heralds=Heralds(pings),
            live=Live(self.settings),
        )
        return _Built(os.getpid(), engine, runner, under_way, pings)

    def _made_under_way(self) -> UnderWay:
        return UnderWay(self.settings, self.log, clock_of=self.clock_of)


@dataclass(frozen=True, slots=True)
class _Built:
    """What belongs to one process."""

    pid: int
    engine: Engine
    runner: Runner
    under_way: UnderWay
    pings: Pings
