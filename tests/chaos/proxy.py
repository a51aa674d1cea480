"""TCP between the beats and Redis, as a bad network has it.

A process of its own (`python -m tests.chaos.proxy REDIS_PORT PORT...`), told what to do by lines
on its standard input: `PORT MODE`. It ends with its standard input.

| mode    | what it does                                                                     |
|---------|----------------------------------------------------------------------------------|
| pass    | passes everything                                                                |
| stall   | half-open: connections stay, nothing passes; on `pass` it arrives, late          |
| swallow | requests arrive, replies do not; on `pass` the connections that lost one are cut |
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Line:
    """Every connection over one port."""

    def __init__(self, port: int, redis_port: int) -> None:
        self._port = port
        self._redis_port = redis_port
        self._flows = asyncio.Event()
        self._flows.set()
        self._swallows = False
        #: Of connections that a reply is missing from: nothing on them fits together any more.
        self._torn: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        await asyncio.start_server(self._connect, "127.0.0.1", self._port)

    def set(self, mode: str) -> None:
        self._swallows = mode == "swallow"
        if mode == "stall":
            self._flows.clear()
        else:
            self._flows.set()
        if mode == "pass":
            for writer in self._torn:
                writer.transport.abort()
            self._torn.clear()

    async def _connect(
        self, from_beat: asyncio.StreamReader, to_beat: asyncio.StreamWriter
    ) -> None:
        await self._flows.wait()
        try:
            from_redis, to_redis = await asyncio.open_connection("127.0.0.1", self._redis_port)
        except OSError:
            to_beat.close()
            return
        await asyncio.gather(
            self._pump(from_beat, to_redis), self._pump(from_redis, to_beat, are_replies=True)
        )

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        are_replies: bool = False,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flows.wait()
                if are_replies and self._swallows:
                    self._torn.add(writer)
                    continue
                writer.write(data)
                await writer.drain()
        await self._flows.wait()
        self._torn.discard(writer)
        writer.close()


async def serve(redis_port: int, ports: Sequence[int]) -> None:
    lines = {str(port): Line(port, redis_port) for port in ports}
    for line in lines.values():
        await line.open()
    loop = asyncio.get_running_loop()
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    while words := (await told.readline()).decode().split():
        port, mode = words
        lines[port].set(mode)


class Proxy:
    """The process, from outside."""

    def __init__(self, redis_port: int, ports: Sequence[int]) -> None:
        numbers = map(str, [redis_port, *ports])
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

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
