"""What goes wrong, by the seed: each kind of fault heals by itself, or at the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from beat_schedule.clock import from_millis
from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.dispatch.operator import Operator

from .history import History
from .plans import edited, overridden
from .watcher import KEYS, QUEUE
from .workers import Worker
from .world import Process, Strand

if TYPE_CHECKING:
    from .town import Town

#: What may befall a call, how likely each is, in a thousandth.
FATES: tuple[str, ...] = ("request lost", "reply lost", "pause before", "pause after")
FATES += ("freeze before", "freeze after", "kill before", "kill after")

#: Snapshots to which Redis may go back.
SNAPSHOTS = 6


class Chaos:
    """Draws faults for one town; some kinds are left out in each, so that others get far."""

    def __init__(self, town: "Town") -> None:
        self._town = town
        self._world = town.world
        self._rnd = town.world.rnd
        self._is_over = False
        self._database_stays_until = 0
        self._snapshots: list[tuple[dict[bytes, bytes], History]] = []
        kinds = self._kinds()
        self._picked = self._rnd.sample(kinds, self._rnd.randint(3, 9))
        self._pace = self._rnd.uniform(3, 12)
        self._rate = self._rnd.choice([0, 0.002, 0.01])
        self._fates = self._rnd.sample(FATES, self._rnd.randint(1, len(FATES)))
        self._operator = Process(self._world, "operator")
        strand = Strand(self._operator, "cli", lambda: 0.0)
        self._people = Operator(strand.wire(), "", self._world.prelude)

    def begin(self) -> None:
        self._world.fate = self._fate
        self._plan_next()
        self._world.after(self._rnd.uniform(1, 5), self._keep_snapshot)

    def end(self) -> None:
        """Everything answers again, and stays so."""
        self._is_over = True
        world = self._world
        world.fate = lambda _strand, _name: ""
        # NTP has its way: a clock that is off for good is doubted for good.
        world.jump = world.drift = 0
        world.database_away_until = 0
        world.oracle.blur()
        for process in self._town.processes():
            process.frozen_until = process.cut_off_until = 0
        now = world.redis_now()
        # What was said to a Redis that went back is in the record still, and comes back.
        recorded = [hold.target for hold in world.ledger.holds()]
        for target in dict.fromkeys([*world.oracle.history.holds, *recorded]):
            self._say(target, HoldKind.PAUSED, now)

    def _kinds(self) -> list[Callable[[], None]]:
        return [
            self.kill_beat, self.terminate_beat, self.freeze_beat, self.cut_off_beat,
            self.cut_off_all, self.drift, self.jump, self.lose_database, self.go_back,
            self.wipe, self.swap, self.deploy, self.deploy_back, self.pause, self.skip,
            self.resume, self.kill_worker, self.freeze_worker, self.purge, self.override,
            self.take_back,
        ]  # fmt: skip

    def _plan_next(self) -> None:
        self._world.after(self._rnd.expovariate(1 / self._pace), self._strike)

    def _strike(self) -> None:
        if self._is_over:
            return
        fault = self._rnd.choice(self._picked)
        self._world.note("chaos", fault.__name__)
        fault()
        self._plan_next()

    def _fate(self, strand: Strand, _name: str) -> str:
        if strand.process is self._operator or self._rnd.random() >= self._rate:
            return ""
        return self._rnd.choice(self._fates)

    # Processes

    def kill_beat(self) -> None:
        self._beat().kill()

    def terminate_beat(self) -> None:
        self._beat().terminate()

    def freeze_beat(self) -> None:
        beat = self._beat()
        beat.frozen_until = self._world.now + self._rnd.randint(1_000, 20_000)

    def cut_off_beat(self) -> None:
        self._beat().cut_off_until = self._world.now + self._rnd.randint(1_000, 15_000)

    def cut_off_all(self) -> None:
        until = self._world.now + self._rnd.randint(1_000, 20_000)
        for process in self._town.processes():
            process.cut_off_until = until

    def kill_worker(self) -> None:
        self._worker().kill()

    def freeze_worker(self) -> None:
        self._worker().frozen_until = self._world.now + self._rnd.randint(1_000, 25_000)

    def _beat(self) -> Any:
        leaders = [beat for beat in self._town.beats if beat.leads]
        return self._rnd.choice(
            leaders if leaders and self._rnd.random() < 0.7 else self._town.beats
        )

    def _worker(self) -> Worker:
        return self._rnd.choice(self._town.workers)

    # Deploys

    def deploy(self) -> None:
        self._town.deploy(edited(self._town.plan, self._rnd))

    def deploy_back(self) -> None:
        self._town.deploy(self._rnd.choice(self._town.plans))

    # Clocks and stores

    def drift(self) -> None:
        self._world.drift += self._rnd.randint(-1_900, 1_900)
        self._world.oracle.blur()

    def jump(self) -> None:
        """Redis's clock is far off for a while, and no other clock is."""
        far = self._rnd.choice([90_000, 600_000, 3_600_000])
        self._world.jump = self._rnd.choice([-far, far])
        self._world.oracle.blur()
        self._world.after(self._rnd.uniform(1, 25), self._jump_back)

    def _jump_back(self) -> None:
        self._world.jump = 0
        self._world.oracle.blur()

    def lose_database(self) -> None:
        if self._database_stays_until > self._world.now:
            return
        self._world.database_away_until = self._world.now + self._rnd.randint(1_000, 40_000)

    def purge(self) -> None:
        self._world.line.one("DEL", QUEUE)

    def _keep_snapshot(self) -> None:
        line = self._world.line
        keys = line.one("KEYS", "*")
        dumps = line.ask([("DUMP", key) for key in keys])
        self._snapshots.append((dict(zip(keys, dumps, strict=True)), self._world.oracle.snapshot()))
        del self._snapshots[:-SNAPSHOTS]
        if not self._is_over:
            self._world.after(self._rnd.uniform(2, 8), self._keep_snapshot)

    def go_back(self) -> None:
        """A failover to a replica that was behind."""
        if not self._snapshots:
            return
        dumps, history = self._rnd.choice(self._snapshots)
        restores = [("RESTORE", key, 0, dump, "REPLACE") for key, dump in dumps.items()]
        self._world.line.ask([("FLUSHDB",), *restores])
        self._world.oracle.went_back(history)
        self._changed()

    def wipe(self) -> None:
        self._world.line.one("FLUSHDB")
        if self._rnd.random() < 0.3:
            self._world.line.one("SCRIPT FLUSH")
        self._world.oracle.wiped()
        self._changed()

    def swap(self) -> None:
        """Another installation's Redis answers in its place; the record tells the difference."""
        world = self._world
        if world.database_away_until > world.now:
            return
        self._database_stays_until = world.now + 30_000
        world.line.one("FLUSHDB")
        foreign = world.redis_now() + self._rnd.randint(-60_000, 30_000)
        lasts = [word for spec in self._town.plan for word in (spec.key, foreign)]
        world.line.ask(
            [
                ("SET", KEYS.install, "another"),
                ("SET", KEYS.cursor, foreign),
                ("HSET", KEYS.last, *lasts),
            ]
        )
        world.oracle.wiped(is_foreign=True)
        self._changed()

    def _changed(self) -> None:
        self._world.line.forget_clock()
        self._world.watcher.look_anew()

    # People

    def pause(self) -> None:
        kind = self._rnd.choice([HoldKind.PAUSED, HoldKind.DISABLED, HoldKind.MAINTENANCE])
        ahead = self._rnd.choice([None, self._rnd.randint(2_000, 30_000)])
        until = None if ahead is None else self._world.redis_now() + ahead
        self._say(self._target(), kind, until)

    def resume(self) -> None:
        if held := sorted(self._world.oracle.history.holds.items()):
            target, hold = self._rnd.choice(held)
            self._say(target, HoldKind(hold["kind"]), self._world.redis_now())

    def skip(self) -> None:
        spec = self._rnd.choice(self._town.plan)
        if spec.key not in self._world.oracle.history.holds:
            now = self._world.redis_now()
            following = spec.due(now - spec.delay, now + 120_000)[0]
            self._say(spec.key, HoldKind.SKIP, following + spec.delay)

    def override(self) -> None:
        spec = self._rnd.choice(self._town.plan)
        self._define(spec.key, overridden(spec, self._rnd))

    def take_back(self) -> None:
        self._define(self._rnd.choice(self._town.plan).key, None)

    def _define(self, entry: str, options: dict[str, Any] | None) -> None:
        """As the command line does: into the record, then into Redis if that can be had."""
        if self._world.database_away_until > self._world.now:
            return
        self._world.note("operator", f"says of {entry}: {options}")
        said = self._world.ledger.define(entry, options)
        if self._rnd.random() < 0.8:
            self._people.define([said])

    def _target(self) -> str:
        return self._rnd.choice([EVERYTHING, *(spec.key for spec in self._town.plan)])

    def _say(self, target: str, kind: HoldKind, until: int | None) -> None:
        now = from_millis(self._world.redis_now())
        self._world.note("operator", f"holds {target}: {kind} until {until}")
        # As the command line does: where the record can be had, it is told, and counts.
        ledger = self._world.ledger
        is_answering = self._world.database_away_until <= self._world.now
        known = ledger.holds() if is_answering else ()
        least = 1 + max((hold.version for hold in known), default=0)
        stands = self._people.hold(
            Hold(
                target=target,
                kind=kind,
                since=now - timedelta(seconds=1),
                until=None if until is None else from_millis(until),
                by="ada",
                why="deploy",
                version=least,
            )
        )
        if is_answering:
            ledger.keep([], [stands], None)
