"""A project of its own in a temporary folder, with real processes that a test starts and kills."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import redis

from beat_schedule.settings import PREFIX
from tests.servers import RedisServer

ROOT = Path(__file__).parents[2]

#: What a job of these tests leaves behind: a line with its due time in `ran`.
JOBS = '''
"""Jobs that leave a trace."""

from pathlib import Path


def trace(context):
    with Path("ran").open("a") as ran:
        print(context.due_at.isoformat(), file=ran)
    context.report(traced=1)
'''


class Process:
    """One process of an installation and what it says."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def children(self) -> list[int]:
        """Their ids."""
        return [int(pid) for pid in self._task("children").split()]

    def read(self, file: str) -> str:
        """What `/proc` says of it."""
        return Path(f"/proc/{self._process.pid}/{file}").read_text()

    def freeze(self) -> None:
        """All its processes stop where they are, as those of a host that is gone."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """`kill -9`, children and all."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM, as an operator stops it; the exit code."""
        self._process.terminate()
        try:
            return self._process.wait(60)
        finally:
            self.kill()

    def end(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self._process.wait(60)

    def _task(self, file: str) -> str:
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/{file}").read_text()


class Installation:
    """A folder with `hooks.py` and `jobs.py`, a Redis, a SQLite file, and processes.

    Without `is_furnished` the folder stays empty.
    """

    def __init__(self, folder: Path, *, is_furnished: bool = True, **environ: str) -> None:
        self.folder = folder
        #: Keeps what was written, and its port, when it is stopped and started again.
        self.redis = RedisServer(folder, "--appendonly", "yes")
        self._processes: list[Process] = []
        if is_furnished:
            (folder / "jobs.py").write_text(JOBS)
            shutil.copytree(ROOT / "worker", folder / "worker")
            environ = {"HOOKBEAT_COMMANDS": "worker.cli"} | environ
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        self.environ = inherited | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOOKBEAT_REDIS_URL": self.redis.url,
            "HOOKBEAT_DATABASE_URL": f"sqlite:///{folder / 'hookbeat.db'}",
            **environ,
        }

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(dedent(text))

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end in the project's folder."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=check,
            timeout=120,
        )

    def start(self, *command: str, **environ: str) -> Process:
        log = self.folder / f"{len(self._processes)}-{command[-1].strip('-')}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environ | environ,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process = Process(popen, log)
        self._processes.append(process)
        return process

    def start_beat(self) -> Process:
        return self.start("celery", "-A", "worker", "beat", "--loglevel=INFO")

    def start_worker(self, **environ: str) -> Process:
        command = ["celery", "-A", "worker", "worker", "--concurrency=2", "--loglevel=INFO"]
        return self.start(*command, **environ)

    def client(self) -> "redis.Redis":
        return redis.Redis.from_url(self.redis.url, decode_responses=True)

    def ran(self) -> list[str]:
        """The due times for which `jobs.trace` ran, in the order in which it did."""
        trace = self.folder / "ran"
        return trace.read_text().split() if trace.exists() else []

    def runs(self, *options: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = json.loads(
            self.run("hookbeat", "runs", "--json", *options).stdout
        )
        return runs

    def said(self) -> str:
        """What all processes together have said so far."""
        return "".join(process.said for process in self._processes)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
        self.redis.stop()
