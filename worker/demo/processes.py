"""Beat and worker, started from the Procfile as a team, and stopped as one."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from beat_schedule.clock import SystemClock
from beat_schedule.errors import HookbeatError

#: Seconds within which honcho has started everything.
START_WITHIN = 5

_STARTED = re.compile(r"started \(pid=(\d+)\)")

#: Seconds for a warm shutdown of the worker before it is killed.
STOP_WITHIN = 20


class Processes:
    """What honcho started; `log` collects everything they say."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self.log = log

    def check(self) -> None:
        """Raise HookbeatError, with what they said last, when one of them has ended."""
        if self._process.poll() is not None:
            said = self.log.read_text(errors="replace").splitlines()[-15:]
            raise HookbeatError("\n".join(["beat or worker has stopped by itself:", *said]))


@contextmanager
def processes(procfile: Path, environ: Mapping[str, str], log: Path) -> Iterator[Processes]:
    """Run everything in `procfile` until the block ends."""
    command = [sys.executable, "-m", "honcho", "-f", str(procfile), "-e", os.devnull, "start"]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 -- our own Procfile
            command, env=dict(environ), stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield Processes(process, log)
    finally:
        _stop(process, log, len(procfile.read_text().strip().splitlines()))


def _stop(process: "subprocess.Popen[bytes]", log: Path, children: int) -> None:
    """End honcho and, should it have failed to, everything that it started."""
    clock = SystemClock()
    deadline = clock.monotonic() + START_WITHIN
    # A honcho that is still starting its children would forget them.
    while len(_started(log)) < children and process.poll() is None:
        if clock.monotonic() > deadline:
            break
        clock.sleep(0.05)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_WITHIN)
    for leader in [process.pid, *_started(log)]:
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
    process.wait()


def _started(log: Path) -> list[int]:
    """The children that honcho says it has started: each leads a group of its own."""
    return [int(pid) for pid in _STARTED.findall(log.read_text(errors="replace"))]
