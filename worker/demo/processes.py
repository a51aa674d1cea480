"""Beat and worker, started from the Procfile as a team, and stopped as one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from beat_schedule.errors import HookbeatError

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
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
