"""Everything that runs in the experiment, each started here and ended here by its process id."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeVar

from beat_schedule.settings import PREFIX, Settings
from beat_schedule.store.engine import make_engine
from beat_schedule.store.migrate import migrate
from tests.servers import PostgresServer, RedisServer, free_port

from .clock_shim import ShimError, SteppedClock
from .proxy import ROOT, Proxy
from .watch import Watch, wait_for

T = TypeVar("T")

#: Every write is handed to the kernel before it is answered, so that a killed server has lost
#: none. (A power cut may lose the last second of it with `everysec`; no process here can cause
#: one.) Rewrites are off, so that the file keeps the whole story.
AOF = ("--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0")

#: Seconds after a fault in which all must be well again.
CALM_WITHIN = 60

#: Seconds a process has to end by itself after SIGTERM.
STOP_WITHIN = 30


class UneasyError(Exception):
    """Something does not recover by itself, which is a finding."""


class Program:
    """A process in a session of its own; what it says goes to `log`."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=dict(environ), stdout=out, stderr=out, start_new_session=True
            )
        self.log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        return self._process.wait(STOP_WITHIN)

    def kill(self) -> None:
        """End it and its children."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM; SIGKILL for what does not go."""
        self.signal(signal.SIGTERM)
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()


class House:
    """Redis, PostgreSQL, stock workers and beats.

    The first `lines` beats reach Redis over a line each that can be disturbed; with `stepped`
    Redis's clock can be.
    """

    def __init__(self, folder: Path, *, lines: int, stepped: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ticks = folder / "ticks"
        self.ticks.mkdir()
        self.redis_folder = folder / "redis"
        self.redis_folder.mkdir()
        self.redis = RedisServer(self.redis_folder, *AOF)
        self.clock = SteppedClock(folder) if stepped else None
        self.postgres = PostgresServer()
        self.ports = [free_port() for _ in range(lines)]
        self.watch = Watch(self.redis.url)
        self.workers: list[Program] = []
        self.beats: list[Program] = []
        self._doors = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as doors:
            doors.callback(self.postgres.remove)
            self.start_database()
            self._make_tables()
            doors.callback(self.redis.kill)
            self.start_redis()
            self._try_the_clock()
            if self.ports:
                self._proxy = Proxy(self.redis.port, self.ports)
                doors.callback(self._proxy.close)
            doors.callback(self._kill_programs)
            self.workers += [self._worker(number) for number in range(2)]
            self._doors = doors.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._doors.close()

    @property
    def database_url(self) -> str:
        return self.postgres.url("postgres")

    def _try_the_clock(self) -> None:
        """A shim that this Redis does not heed would make every step of its clock a lie."""
        if not self.clock:
            return
        before, hour = self.watch.now(), timedelta(hours=1)
        self.step_clock(hour)
        moved = self.watch.now() - before
        self.step_clock(timedelta(0))
        if not hour <= moved < hour + timedelta(seconds=30):
            raise ShimError(f"Redis's clock moved by {moved} instead of {hour}")

    def _make_tables(self) -> None:
        engine = make_engine(self.database_url)
        migrate(engine, Settings())
        # PostgreSQL does not stop while anybody is connected.
        engine.dispose()

    # Servers

    def start_redis(self) -> None:
        environ = dict(os.environ) | dict(self.clock.environ if self.clock else {})
        self.redis.start(env=environ)

    def kill_redis(self) -> None:
        """What it has written is in the kernel, what it has not was answered to nobody."""
        self.redis.kill()

    def step_clock(self, by: timedelta) -> None:
        assert self.clock
        self.clock.step(by)

    def start_database(self) -> None:
        self.postgres.start()

    def stop_database(self) -> None:
        """A fast stop: open sessions are cut, nothing committed is lost."""
        assert self.postgres.process
        self.postgres.process.send_signal(signal.SIGINT)
        self.postgres.process.wait(STOP_WITHIN)

    def set_line(self, beat: int, mode: str) -> None:
        self._proxy.set(self.ports[beat], mode)

    # Beats and workers

    def start_beats(self, count: int) -> None:
        self.beats += [self._beat(number) for number in range(count)]

    def restart(self, beat: int) -> None:
        """Start another in place of one that has ended."""
        self.beats[beat].kill()
        self.beats[beat] = self._beat(beat)

    def is_calm(self) -> bool:
        """Whether all beats live and show themselves, one leads, and it keeps up."""
        pids = set(self.watch.pids().values())
        keeps_up = self.watch.now() - self.watch.cursor() < timedelta(seconds=2)
        return keeps_up and bool(self._leaders()) and {b.pid for b in self.beats} <= pids

    def await_calm(self) -> None:
        self._await(self.is_calm, "calm")

    def await_standby(self, after: float) -> None:
        """Wait until a beat that does not lead has stood by for `after` seconds."""
        self._await(lambda: self.watch.standby_is_ready(after), "provided with a standby")

    def leading(self) -> int:
        """Which of the beats holds the lease, by its own registration."""
        return self._await(self._leaders, "led")[0]

    def standing_by(self, dice: random.Random) -> int:
        leader = self.leading()
        return dice.choice([number for number in range(len(self.beats)) if number != leader])

    def _leaders(self) -> list[int]:
        """The one that leads, or none."""
        pid = self.watch.leader()
        return [number for number, beat in enumerate(self.beats) if beat.pid == pid]

    @staticmethod
    def _await(condition: Callable[[], T], what: str) -> T:
        if answer := wait_for(condition, CALM_WITHIN):
            return answer
        raise UneasyError(f"the house is not {what} after {CALM_WITHIN} s without a fault")

    def stop_beats(self) -> None:
        for beat in self.beats:
            beat.stop()

    def _beat(self, number: int) -> Program:
        port = self.ports[number] if number < len(self.ports) else self.redis.port
        environ = {
            "HOOKBEAT_REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "HOOKBEAT_DATABASE_URL": self.database_url,
        }
        command = ["-A", "tests.chaos.beats", "beat", "-S", "hookbeat", "--loglevel=INFO"]
        return self._celery(command, environ, f"beat-{number}")

    def _worker(self, number: int) -> Program:
        environ = {"CHAOS_REDIS_URL": self.redis.url, "CHAOS_TICKS": str(self.ticks)}
        command = [
            "-A",
            "tests.chaos.stock",
            "worker",
            "--concurrency=1",
            "-n",
            f"stock{number}@%h",
        ]
        return self._celery(command, environ, f"worker-{number}")

    def _celery(self, command: Sequence[str], environ: Mapping[str, str], log: str) -> Program:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        return Program(
            [sys.executable, "-m", "celery", *command],
            inherited | dict(environ),
            self.folder / f"{log}.log",
        )

    def _kill_programs(self) -> None:
        for program in [*self.beats, *self.workers]:
            program.kill()
