"""Beats in processes of their own, ours and the peers', and what is seen of them from outside."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REDBEAT = "2.4.2"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Kind:
    """One way to run a beat."""

    name: str
    #: Options of `celery beat`.
    options: tuple[str, ...]
    #: Whether it is ours, in our own environment.
    is_ours: bool
    #: The most entries that it is started with: peers need minutes beyond.
    most: int


KINDS = (
    Kind("hookbeat", ("-S", "hookbeat"), is_ours=True, most=1_000_000),
    Kind("celery beat", (), is_ours=False, most=10_000),
    Kind("redbeat", ("-S", "redbeat.RedBeatScheduler"), is_ours=False, most=10_000),
)


def python_of(kind: Kind) -> Path:
    return Path(sys.executable) if kind.is_ours else peers_python()


def peers_python() -> Path:
    return environment_with(f"celery-redbeat=={REDBEAT}")


def environment_with(*peers: str) -> Path:
    """An environment with stock Celery and peers, in the versions we use; made if missing."""
    names = {"celery[redis]": "celery", "kombu": "kombu", "redis": "redis"}
    wanted = [f"{asked}=={version(name)}" for asked, name in names.items()] + [*peers]
    label = "-".join([version("celery"), *(each.replace("==", "-") for each in peers)])
    folder = Path(tempfile.gettempdir()) / f"hookbeat-peers-{re.sub(r'[^a-z0-9.-]', '_', label)}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        done.touch()
    return python


class Running:
    """A beat that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def memory(self) -> float:
        """Resident MB."""
        line = next(line for line in self._proc("status").splitlines() if "VmRSS" in line)
        return int(line.split()[1]) / 1024

    def runs(self) -> bool:
        return self._process.poll() is None

    def _proc(self, file: str) -> str:
        return Path(f"/proc/{self._process.pid}/{file}").read_text()


@contextmanager
def beat(kind: Kind, redis_url: str, says: Mapping[str, int]) -> Iterator[Running]:
    """A beat of that kind with fresh state, whose app declares what `says` names."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(
            os.environ,
            PYTHONPATH=str(ROOT),
            BENCH_REDIS=redis_url,
            HOOKBEAT_REDIS_URL=redis_url,
            HOOKBEAT_DATABASE_URL=f"sqlite:///{folder}/hookbeat.db",
            **{f"BENCH_{name.upper()}": str(value) for name, value in says.items()},
        )
        python = python_of(kind)
        if kind.is_ours:
            migrate = [python.parent / "hookbeat", "migrate"]
            subprocess.run(migrate, cwd=folder, env=environment, check=True, capture_output=True)
        command = [python, "-m", "celery", "-A", "benchmarks.beat_app", "beat", *kind.options]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "-l", "WARNING"], cwd=folder, env=environment, stdout=log, stderr=log
            )
        try:
            yield Running(process)
        finally:
            if process.poll() is not None:
                print((Path(folder) / "log").read_text()[-2000:], file=sys.stderr)
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
