"""TCP between processes and a server, as a bad network has it.

A process of its own (`python -m tests.chaos.proxy SERVER_PORT PORT...`), told what to do by lines
on its standard input: `PORT MODE`. It ends with its standard input.

| mode      | what it does                                                                     |
|-----------|----------------------------------------------------------------------------------|
| pass      | passes everything                                                                |
| stall     | half-open: connections stay, nothing passes; on `pass` it arrives, late          |
| swallow   | requests arrive, replies do not; on `pass` the connections that lost one are cut |
| lose TEXT | PostgreSQL's: passes everything, but after a request that holds TEXT the first   |
|           | reply by which its transaction is over; in its place the connection is cut, once |
"""

import asyncio
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: PostgreSQL is ready for the next request, and no transaction is open.
IDLE = b"Z\0\0\0\5I"


class Line:
    """Every connection over one port."""

    def __init__(self, port: int, server_port: int) -> None:
        self._port = port
        self._server_port = server_port
        self._flows = asyncio.Event()
        self._flows.set()
        self._swallows = False
        #: The connection of whoever asks this is the next to lose a reply.
        self._fatal = b""
        self._doomed: asyncio.StreamWriter | None = None
        #: Of connections that a reply is missing from: nothing on them fits together any more.
        self._torn: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        await asyncio.start_server(self._connect, "127.0.0.1", self._port)

    def set(self, mode: str, text: str = "") -> None:
        self._swallows = mode == "swallow"
        self._fatal = text.encode()
        if mode == "stall":
            self._flows.clear()
        else:
            self._flows.set()
        if mode == "pass":
            for writer in self._torn:
                writer.transport.abort()
            self._torn.clear()

    async def _connect(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        await self._flows.wait()
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            to_client.close()
            return
        await asyncio.gather(
            self._pump(from_client, to_server, lambda data: self._looked_at(data, to_client)),
            self._pump(from_server, to_client, lambda data: self._lost(data, to_client)),
        )

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        is_lost: Callable[[bytes], bool],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flows.wait()
                if is_lost(data):
                    continue
                writer.write(data)
                await writer.drain()
        await self._flows.wait()
        self._torn.discard(writer)
        writer.close()

    def _looked_at(self, request: bytes, to_client: asyncio.StreamWriter) -> bool:
        if self._fatal and self._fatal in request:
            self._doomed, self._fatal = to_client, b""
        return False

    def _lost(self, reply: bytes, to_client: asyncio.StreamWriter) -> bool:
        if self._swallows:
            self._torn.add(to_client)
            return True
        if to_client is self._doomed and reply.endswith(IDLE):
            self._doomed = None
            to_client.transport.abort()
            say("lost")
            return True
        return False


async def serve(server_port: int, ports: Sequence[int]) -> None:
    lines = {str(port): Line(port, server_port) for port in ports}
    for line in lines.values():
        await line.open()
    loop = asyncio.get_running_loop()
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    say("open")
    while words := (await told.readline()).decode().strip().split(maxsplit=2):
        port, *mode = words
        lines[port].set(*mode)


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class Proxy:
    """The process, from outside."""

    def __init__(self, server_port: int, ports: Sequence[int]) -> None:
        numbers = map(str, [server_port, *ports])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.proxy", *numbers],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "open\n", "the proxy did not start"

    def set(self, port: int, mode: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{port} {mode}\n")
        self._process.stdin.flush()

    def has_lost(self) -> bool:
        """Whether it has lost a reply since it was asked last, as `lose` says."""
        readable, _, _ = select.select([self._process.stdout], [], [], 0)
        assert self._process.stdout
        return bool(readable) and self._process.stdout.readline() == "lost\n"

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
