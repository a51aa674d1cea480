"""A beat of the simulation: the real objects, stepped as their threads would step them."""

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from redis.exceptions import ConnectionError as RedisConnectionError

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Definition
from beat_schedule.dispatch.beat import Beat as RealBeat
from beat_schedule.dispatch.errors import DoubtError, NotLeaderError, WentBackError
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.pulse import AGAIN as PULSE_AGAIN
from beat_schedule.dispatch.pushes import Message, Push
from beat_schedule.dispatch.recorder import DRAIN_EVERY
from beat_schedule.dispatch.state import State
from beat_schedule.entries import run_id
from beat_schedule.errors import OtherInstallError, RecordAwayError
from beat_schedule.headers import headers

from .plans import Plan, Spec, app, entries, entry_of, overlaid, spec_of
from .watcher import QUEUE
from .world import Killed, Process, Strand, World

#: What may end a round without anything being wrong with the code.
ORDINARY = (
    RedisConnectionError,
    NotLeaderError,
    DoubtError,
    WentBackError,
    RecordAwayError,
    OtherInstallError,
)

RETRY_AFTER = 1.0


class Letters:
    """Builds small messages with the headers of real ones."""

    def message(
        self,
        entry: PeriodicEntry,
        due_at: datetime,
        now: datetime,
        *,
        run: uuid.UUID | None = None,
        **_more: Any,
    ) -> Message:
        run = run or run_id(entry.key, due_at)
        said = headers(entry.key, due_at=due_at, run_id=run, trigger="schedule", queued_at=now)
        policy = entry.policy
        expires_at = policy.expires_at(due_at)
        more = {"due": to_millis(due_at), "overlap": policy.overlap, "tracked": policy.tracked}
        more["expires"] = to_millis(expires_at) if expires_at else 0
        text = json.dumps({"headers": said | more})
        return Message((Push("LPUSH", QUEUE, text),), QUEUE, 0)


class RecordWire:
    """The record, as one strand reaches it."""

    def __init__(self, strand: Strand) -> None:
        self._strand = strand

    def __getattr__(self, name: str) -> Any:
        world = self._strand.process.world
        method = getattr(world.ledger, name)

        def ask(*args: Any) -> Any:
            return world.ask_database(self._strand, name, lambda: _asked(world, name, method, args))

        return ask


def _asked(world: World, name: str, method: Any, args: tuple[Any, ...]) -> Any:
    answer = method(*args)
    if name == "keep":
        world.oracle.kept(args[2])
    return answer


class Line:
    """A connection of one strand: what builds messages, and what calls the scripts."""

    def __init__(self, strand: Strand) -> None:
        self._strand = strand
        self.publisher = Letters()
        self.state = self._new()

    def drop(self) -> None:
        self.state = self._new()

    def _new(self) -> State:
        return State(self._strand.wire(), "", self._strand.process.world.prelude)


class Beat(Process):
    """The real beat, its three threads stepped as strands, each on a wire of its own."""

    def __init__(self, world: World, name: str, plan: Plan) -> None:
        super().__init__(world, name)
        self.plan = plan
        self._main = Strand(self, "pass", self._pass)
        self._pulse = Strand(self, "pulse", self._beat)
        self._keeper = Strand(self, "record", self._keep)
        record: Any = RecordWire(self._main)
        self._real = RealBeat(app(), entries(plan), record, self, make=self._make)
        self._real._line = cast("Any", Line(self._main))
        self._real._history = record
        self._real._witness._others = (self.now, self._database_now)
        self._lease = self._real._lease
        self._lease._id = f"{name}-{world.rnd.getrandbits(24):06x}"
        self._lease._card = dict
        self._lease.connect(Line(self._pulse).state)
        self._recorder = self._real._recorder
        self._recorder._line = cast("Any", Line(self._keeper))
        self._recorder._record = cast("Any", RecordWire(self._keeper))
        self.generation = self._lease._generation
        world.note(name, f"starts with {self.generation}")
        for strand in (self._main, self._pulse, self._keeper):
            world.start(strand)

    @property
    def leads(self) -> bool:
        return self.is_alive and self._lease.term is not None

    @property
    def specs(self) -> Mapping[str, Spec]:
        """What it lists by now: the plan, with what it has read of what operators say."""
        roster = self._real._roster
        return {key: spec_of(roster[key].entry) for key in roster.keys()}  # noqa: SIM118

    def hears(self, entry: str) -> None:
        """A run of that entry has ended."""
        self._real._wake.entry(entry)

    def terminate(self) -> None:
        """SIGTERM: hand over and go."""
        self.world.note(self.name, "is terminated")
        # Whether the others know that it left is not certain, unless its release is seen.
        self.world.oracle.leaves(self)
        with suppress(Killed):
            self._real.stop()
        self.world.oracle.left(self)
        self.is_alive = False

    def _make(self, said: Definition) -> PeriodicEntry:
        declared = next(spec for spec in self.plan if spec.key == said.key)
        return entry_of(overlaid(declared, said.options))

    def _database_now(self) -> datetime | None:
        is_away = self.world.database_away_until > self.world.now
        return None if is_away else self.world.ledger.now()

    def _beat(self) -> float:
        led = self._lease.term
        try:
            self._lease.beat()
        except ORDINARY as error:
            self.world.note(self._pulse.name, repr(error))
            return PULSE_AGAIN
        if self._lease.term is not led:
            self._main.hurry()
        return self._lease.rest()

    def _pass(self) -> float:
        try:
            return max(self._real.step(), 0.005)
        except ORDINARY as error:
            self.world.note(self._main.name, repr(error))
            self._real.drop()
            return RETRY_AFTER

    def _keep(self) -> float:
        """One round of the recorder's thread."""
        if self._lease.term is None:
            return DRAIN_EVERY
        looked_at = self._recorder._reconciled_at
        try:
            self._recorder._work()
        except ORDINARY as error:
            self.world.note(self._keeper.name, repr(error))
            if not isinstance(error, (NotLeaderError, DoubtError, RecordAwayError)):
                self._recorder._leave()
            return DRAIN_EVERY
        if self._recorder._reconciled_at != looked_at:
            self.world.oracle.invariants.reconciled()
        return DRAIN_EVERY
