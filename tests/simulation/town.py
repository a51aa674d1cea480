"""Three beats, two workers and their troubles: one seed from beginning to end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from beat_schedule.decisions import Decided, Decision

from .beats import Beat
from .chaos import Chaos
from .invariants import ViolationError
from .plans import Plan, first_plan, overlaid
from .watcher import instant
from .wire import Line
from .workers import Worker
from .world import Process, World

BEATS = 3
WORKERS = 2

#: Seconds: of trouble, then at least and at most until all is settled.
TROUBLE = (60, 140)
QUIET, LONGEST_QUIET = 60, 900

#: A run that was sent this long ago has ended, once all is quiet.
SETTLED = timedelta(seconds=60)

#: Whatever is due at the end is decided within this.
PROMPT = 4_000

#: Of an entry that runs one after the other a few may wait for their turn; in ms.
BACKLOG = 40_000


@dataclass(slots=True)
class Result:
    """How one seed went."""

    seed: int
    violation: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)


class Town:
    """Keeps the processes alive that the chaos kills, and deploys what it is told to."""

    def __init__(
        self,
        line: Line,
        seed: int,
        *,
        is_traced: bool = False,
        plan: Plan | None = None,
        beats: int = BEATS,
        workers: int = WORKERS,
    ) -> None:
        self.world = World(line, seed)
        if is_traced:
            self.world.trace = []
        self.world.ended = self._tell
        self.plan: Plan = plan or first_plan(self.world.rnd)
        #: Every set that was ever declared.
        self.plans = [self.plan]
        self._wanted = [self.plan] * beats
        self.beats = [Beat(self.world, f"beat{n}", self.plan) for n in range(beats)]
        self.workers = [Worker(self.world, f"worker{n}") for n in range(workers)]
        self._look_after()

    def processes(self) -> list[Process]:
        return [*self.beats, *self.workers]

    def deploy(self, plan: Plan) -> None:
        """One beat after the other is replaced by one that declares `plan`."""
        self.plan = plan
        self.plans.append(plan)
        wait = 0.0
        for number in range(BEATS):
            wait += self.world.rnd.uniform(0.1, 6)
            self.world.after(wait, lambda number=number: self._replace(number, plan))

    def _replace(self, number: int, plan: Plan) -> None:
        self._wanted[number] = plan
        beat = self.beats[number]
        if beat.is_alive:
            beat.terminate() if self.world.rnd.random() < 0.8 else beat.kill()

    def _look_after(self) -> None:
        """What died is started again by whoever watches over it."""
        for number, beat in enumerate(self.beats):
            if not beat.is_alive and (self.world.is_quiet or self.world.rnd.random() < 0.4):
                self.beats[number] = Beat(self.world, f"beat{number}", self._wanted[number])
        for number, worker in enumerate(self.workers):
            if not worker.is_alive and (self.world.is_quiet or self.world.rnd.random() < 0.4):
                self.workers[number] = Worker(self.world, f"worker{number}")
        self.world.after(1, self._look_after)

    def _tell(self, entry: str) -> None:
        for beat in self.beats:
            if beat.leads and (self.world.is_quiet or self.world.rnd.random() < 0.7):
                beat.hears(entry)

    # From beginning to end

    def live(self) -> None:
        """Trouble, then quiet until all is settled; raises ViolationError."""
        world = self.world
        chaos = Chaos(self)
        world.run(world.now + 3000)
        chaos.begin()
        world.run(world.now + 1000 * world.rnd.randint(*TROUBLE))
        chaos.end()
        world.note("chaos", "is over")
        self.settle(QUIET)

    def settle(self, seconds: int) -> None:
        """Let everything come to rest; raises ViolationError if it does not."""
        world, began = self.world, self.world.now
        world.is_quiet = True
        world.run(began + seconds * 1000)
        while (unsettled := self._unsettled()) and world.now < began + LONGEST_QUIET * 1000:
            world.run(world.now + 10_000)
        if unsettled:
            raise ViolationError(f"I9: {unsettled}")
        if told := self._told_otherwise():
            raise ViolationError(f"I5: {told}")

    def _unsettled(self) -> str:
        """What is not as it should be once all is quiet."""
        oracle = self.world.oracle
        never_ran = (self._never_ran(line) for line in self.world.ledger.sent())
        undecided = (self._undecided(entry) for entry in oracle.history.segments)
        return next(filter(None, (*never_ran, *undecided, *self._not_as_said())), "")

    def _not_as_said(self) -> Iterator[str]:
        """Entries that the leader has otherwise than code and operators say by now."""
        for beat in self.beats:
            for spec in beat.plan if beat.leads else ():
                meant = overlaid(spec, self.world.ledger.said(spec.key))
                stands = self.world.oracle.history.open(spec.key)
                if stands is None or stands.spec.declared != meant.declared:
                    yield f"{spec.key} is not as its operators say: {meant}"

    def _told_otherwise(self) -> str:
        """A run that the record has and of whose due time it says that it was not sent."""
        for row in self.world.ledger.runs.rows.values():
            line = self.world.ledger.of(row.entry, row.due)
            if line is None or line.decision is not Decision.SENT:
                return f"{row.entry} {instant(row.due)} started; the record says {line}"
        return ""

    def _never_ran(self, line: Decided) -> str:
        """What was sent long ago has ended, unless the set in force does not declare it."""
        ledger, is_declared = self.world.ledger, self.world.oracle.history.open(line.entry)
        if line.run is None or not is_declared or ledger.runs.is_over(line.run):
            return ""
        now = ledger.now()
        is_over = line.expires_at is not None and line.expires_at < now
        if is_over or now - line.decided_at < SETTLED:
            return ""
        return f"{line.entry} {line.first_due:%H:%M:%S} was sent and never ran"

    def _undecided(self, entry: str) -> str:
        """Every due time has its decision in the record, and every entry is sent again."""
        oracle, world = self.world.oracle, self.world
        current = oracle.history.open(entry)
        until = world.redis_now() - PROMPT - (current.spec.delay if current else 0)
        for due in oracle.history.expected(entry, oracle.forgiven_to, until):
            is_queued = current and current.spec.overlap == "queue" and until - due < BACKLOG
            if not is_queued and world.ledger.of(entry, due) is None:
                return f"{entry} {instant(due)} has no decision in the end"
        due_times = oracle.history.expected(entry, until - 40_000, until) if current else []
        if due_times and not any((entry, due) in oracle.history.sent for due in due_times):
            return f"{entry} is blocked: none of {len(due_times)} was sent"
        return ""


def live(line: Line, seed: int, *, is_traced: bool = False) -> Result:
    """One seed; never raises a violation, but tells it."""
    town = Town(line, seed, is_traced=is_traced)
    violation = ""
    try:
        town.live()
    except ViolationError as broken:
        violation = str(broken)
    except Exception as error:
        violation = f"raised {type(error).__name__}: {error}"
        if is_traced:
            raise
    return Result(seed, violation, dict(town.world.oracle.counts), town.world.trace or [])
