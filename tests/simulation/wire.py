"""The one real Redis of a simulated world, and the wires over which its processes speak to it.

Everybody speaks in turn over one socket: what a client would do with connections is not simulated,
what may happen to a call is. Redis's time is a key that the world moves.
"""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import redis
from redis.client import Pipeline
from redis.exceptions import NoScriptError, ResponseError

from tests.servers import on_path, redis_of_the_wheel, wait_until

#: Redis's own time in ms, as the scripts read it through `CLOCKED_PRELUDE`.
CLOCK = "test:clock"


class Server:
    """A Redis on a Unix socket, which keeps nothing."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hookbeat-sim-"))
        self.path = str(self._folder / "socket")
        binary = on_path("redis-server", "valkey-server") or redis_of_the_wheel()
        if not binary:
            raise RuntimeError("no Redis: install redis-server or valkey-server")
        flags = ["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket", self.path]
        self._process = subprocess.Popen(
            [binary, *flags, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )
        wait_until(self._answers, within=10)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(self.path)
            return True
        return False


class Line:
    """A connection that does nothing but ask and read; errors are answers too."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._file = self._socket.makefile("rb", buffering=1 << 16)
        #: Redis's time as it is now, in ms.
        self.clock: Callable[[], int] = lambda: 0
        self._told: int | None = None

    def ask(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Answers in the order of the commands; Redis's clock is set before."""
        at, skip = self.clock(), 0
        packed = []
        if at != self._told:
            packed.append(pack(("SET", CLOCK, at)))
            self._told, skip = at, 1
        packed.extend(map(pack, commands))
        self._socket.sendall(b"".join(packed))
        for _ in range(skip):
            self._read()
        return [self._read() for _ in commands]

    def one(self, *command: Any) -> Any:
        """The answer to one command; raises Redis's errors."""
        (answer,) = self.ask([command])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def forget_clock(self) -> None:
        """The key is gone or old: set it again with the next call."""
        self._told = None

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _read(self) -> Any:
        head = self._file.readline()
        kind, rest = head[:1], head[1:-2]
        if kind == b"$":
            if (size := int(rest)) < 0:
                return None
            return self._file.read(size + 2)[:-2]
        if kind == b"*":
            return None if (size := int(rest)) < 0 else [self._read() for _ in range(size)]
        if kind == b":":
            return int(rest)
        return rest if kind == b"+" else _error(rest.decode())


def _error(text: str) -> Exception:
    if text.startswith("NOSCRIPT"):
        return NoScriptError(text)
    return ResponseError(text.removeprefix("ERR "))


def pack(command: Sequence[Any]) -> bytes:
    # redis-py has a few names of two words.
    words = [*str(command[0]).split(), *command[1:]]
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


#: Carries commands named so to Redis, or lets happen to them what happens.
Carry = Callable[[str, Sequence[Sequence[Any]]], list[Any]]


class Wire(redis.Redis):
    """What a process holds in place of redis-py's client: the same calls, carried by the world."""

    def __init__(self, carry: Carry, names: Callable[[str], str]) -> None:
        super().__init__(protocol=2)
        self._carry = carry
        #: Tells which of our scripts a text is.
        self._names = names
        self._scripts: dict[str, str] = {}

    def register_script(self, script: Any) -> Any:
        made = super().register_script(script)
        self._scripts[made.sha] = self._names(script)
        return made

    def execute_command(self, *args: Any, **options: Any) -> Any:
        (answer,) = self._carry(self._name(args), [args])
        return self.answer(args, options, answer)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "WirePipeline":  # noqa: FBT001, FBT002
        pipe = WirePipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipe.wire = self
        return pipe

    def carry(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        return self._carry("+".join(str(command[0]).lower() for command in commands), commands)

    def answer(self, args: Sequence[Any], options: dict[str, Any], answer: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        callback = self.response_callbacks.get(args[0])
        options.pop("keys", None)
        return callback(answer, **options) if callback else answer

    def _name(self, args: Sequence[Any]) -> str:
        if args[0] == "EVALSHA":
            return self._scripts.get(args[1], "evalsha")
        if args[0] == "EVAL":
            return self._names(args[1])
        return str(args[0]).lower()


class WirePipeline(Pipeline):
    """All at once: a transaction is one step, and we use no other pipelines."""

    wire: Wire

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002
        stack, self.command_stack = list(self.command_stack), []
        answers = self.wire.carry([command[0] for command in stack])
        return [
            self.wire.answer(args, options, answer)
            for (args, options), answer in zip(stack, answers, strict=True)
            if raise_on_error or not isinstance(answer, Exception)
        ]
