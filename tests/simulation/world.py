"""A world of processes on one virtual clock, around one real Redis and a model of the database.

Nothing here waits: time jumps from event to event. A process may be held up in the middle of any
call, before or after it took effect, while all others go on; so every interleaving can happen.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files
from itertools import count
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from beat_schedule import scripts
from beat_schedule.clock import from_millis
from beat_schedule.errors import RecordAwayError

from .ledger import Ledger
from .oracle import Oracle
from .watcher import Watcher
from .wire import CLOCK, Line, Wire

#: Where every world begins: an ordinary Tuesday noon, in ms.
START = 1_773_144_000_000

#: How many processes may be held up inside one another.
DEEPEST = 3


class Killed(BaseException):
    """A process is gone in the middle of what it did; no code of ours may see that."""


class Process:
    """Something that lives on a machine with clocks of its own; dead ones are never revived."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.is_alive = True
        self.frozen_until = 0
        self.cut_off_until = 0
        self.mono = world.rnd.randrange(10**9)
        #: How far its wall clock is off, in ms.
        self.skew = world.rnd.randint(-800, 800)

    def kill(self) -> None:
        self.is_alive = False
        self.world.note(self.name, "is killed")

    def now(self) -> datetime:
        return from_millis(self.world.now + self.skew)

    def monotonic(self) -> float:
        return (self.world.now + self.mono) / 1000

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"{self.name} sleeps {seconds} s: nothing in a beat may")


class Strand:
    """One thread of a process: `step` does its next round and says in how many seconds the next."""

    def __init__(self, process: Process, name: str, step: Callable[[], float]) -> None:
        self.process = process
        self.name = f"{process.name}/{name}"
        self.step = step
        self._began = 0
        self._turn = 0
        self._is_under_way = False

    def held_up(self) -> int:
        """For how many ms its round has been under way."""
        return self.process.world.now - self._began

    def hurry(self) -> None:
        """Make the next round now, and not when it was meant to be."""
        if self._is_under_way:
            return
        self._turn += 1
        self.process.world.at(self.process.world.now, self.waking())

    def waking(self) -> Callable[[], None]:
        turn = self._turn
        return lambda: self.wake() if turn == self._turn else None

    def wake(self) -> None:
        process, world = self.process, self.process.world
        if not process.is_alive:
            return
        if process.frozen_until > world.now:
            world.at(process.frozen_until, self.waking())
            return
        self._is_under_way, self._began = True, world.now
        try:
            rest = self.step()
        except Killed:
            return
        self._is_under_way = False
        world.at(world.now + max(int(rest * 1000), 1) + world.rnd.randint(0, 40), self.waking())

    def carry(self, name: str, commands: Sequence[Sequence[Any]]) -> list[Any]:
        return self.process.world.carry(self, name, commands)

    def wire(self) -> Wire:
        return Wire(self.carry, self.process.world.script_name)


class World:
    """Everything there is; `chaos` says what happens to a call, once there is any."""

    def __init__(self, line: Line, seed: int) -> None:
        self.rnd = random.Random(seed)  # noqa: S311
        self.now = START
        #: How far Redis's clock is off, in ms: little by little, and by a jump nobody believes.
        self.drift = 0
        self.jump = 0
        self.database_away_until = 0
        self.is_quiet = False
        #: What a beat is told when a run has ended; the message may be lost.
        self.ended: Callable[[str], None] = lambda _entry: None
        self.trace: list[str] | None = None
        self.fate: Callable[[Strand, str], str] = lambda _strand, _name: ""
        self.line = line
        self.line.clock = self.redis_now
        self.line.one("FLUSHDB")
        self.line.forget_clock()
        self.ledger = Ledger(lambda: self.now)
        self.oracle = Oracle(self)
        self.watcher = Watcher(self)
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._depth = 0
        #: Before every script: the real prelude, but for its clock.
        self.prelude = clocked(scripts.text("prelude"))
        self._names = {scripts.source(name, self.prelude): name for name in script_names()}
        # Else a call more or less would make one seed differ from its replay.
        self.line.ask([("SCRIPT LOAD", script) for script in self._names])

    # Time

    def redis_now(self) -> int:
        return self.now + self.drift + self.jump

    def at(self, at: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self.now + int(seconds * 1000), action)

    def run(self, until: int) -> None:
        """Let everything happen that happens until then."""
        while self._events and self._events[0][0] <= until:
            at, _, action = heapq.heappop(self._events)
            self.now = max(self.now, at)
            action()
        self.now = max(self.now, until)

    def start(self, strand: Strand) -> None:
        self.after(self.rnd.uniform(0, 0.3), strand.waking())

    # What may happen to a call

    def carry(self, strand: Strand, name: str, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Take commands to Redis for a strand, with whatever befalls them."""
        if commands[0][0] == "TIME":
            return [self._time()]
        fate = self.fate(strand, name)
        self._before(strand, name, fate, RedisConnectionError)
        if strand.process.cut_off_until > self.now:
            raise RedisConnectionError("cut off")
        answers = self.watcher.carry(strand, name, commands)
        self._after(strand, name, fate, RedisConnectionError)
        return answers

    def ask_database(self, strand: Strand, name: str, ask: Callable[[], Any]) -> Any:
        """The same for a question to the database."""
        fate = self.fate(strand, name)
        self._before(strand, name, fate, RecordAwayError)
        if self.database_away_until > self.now:
            raise RecordAwayError("the database is away")
        answer = ask()
        self._after(strand, name, fate, RecordAwayError)
        return answer

    def hold_up(self, strand: Strand, seconds: float, *, whole: bool) -> None:
        """Let time pass for all others, and for the other strands of its process unless `whole`."""
        if self._depth >= DEEPEST:
            return
        until = self.now + int(seconds * 1000)
        if whole:
            strand.process.frozen_until = max(strand.process.frozen_until, until)
        self._depth += 1
        try:
            self.run(until)
        finally:
            self._depth -= 1
        if not strand.process.is_alive:
            raise Killed(strand.name)

    def _before(self, strand: Strand, name: str, fate: str, error: type[Exception]) -> None:
        if fate:
            self.note(strand.name, f"{fate} {name}")
        match fate:
            case "pause before":
                self.hold_up(strand, self.rnd.uniform(0.5, 9), whole=False)
            case "freeze before":
                self.hold_up(strand, self.rnd.uniform(1, 15), whole=True)
            case "kill before":
                strand.process.kill()
                raise Killed(strand.name)
            case "request lost":
                raise error("the request was lost")

    def _after(self, strand: Strand, name: str, fate: str, error: type[Exception]) -> None:
        match fate:
            case "pause after":
                self.hold_up(strand, self.rnd.uniform(0.5, 9), whole=False)
            case "freeze after":
                self.hold_up(strand, self.rnd.uniform(1, 15), whole=True)
            case "kill after":
                strand.process.kill()
                raise Killed(strand.name)
            case "reply lost":
                raise error(f"the reply to {name} was lost")

    # What people read

    def note(self, who: str, what: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{(self.now - START) / 1000:9.3f}  {who:16} {what}")

    def script_name(self, script: str) -> str:
        """Which of our scripts a text is."""
        return self._names[script]

    def _time(self) -> list[int]:
        now = self.redis_now()
        return [now // 1000, now % 1000 * 1000]


def script_names() -> list[str]:
    folder = files(scripts)
    return sorted(
        each.name.removesuffix(".lua") for each in folder.iterdir() if each.name.endswith(".lua")
    )


def clocked(prelude: str) -> str:
    """The prelude with the time that the world says it is."""
    begin, end = prelude.index("local function now()"), prelude.index("-- Numbers are written")
    clock = f'local function now()\n  return tonumber(redis.call("GET", "{CLOCK}"))\nend\n\n'
    return prelude[:begin] + clock + prelude[end:]
