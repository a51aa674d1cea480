"""A Redis with two replicas and three sentinels that watch them, as real processes."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis

from tests.servers import RedisServer, wait_until

MASTER_NAME = "jobs"

#: Else a replica waits for others before its first copy, and is told from a dead one too late.
QUICK = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")


#: How long a sentinel does nothing after it was itself held up, in ms; 30 s by default.
TILT = 1000


class SentinelServer(RedisServer):
    """A Redis that only watches others; it finds replicas and other sentinels by itself."""

    def __init__(self, folder: Path, master: RedisServer) -> None:
        super().__init__(folder)
        self._file = folder / "sentinel.conf"
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel monitor {MASTER_NAME} 127.0.0.1 {master.port} 2",
            f"sentinel down-after-milliseconds {MASTER_NAME} 2000",
            f"sentinel failover-timeout {MASTER_NAME} 4000",
            f"sentinel parallel-syncs {MASTER_NAME} 2",
        ]
        self._file.write_text("\n".join(lines))

    def command(self) -> Sequence[str]:
        binary, *_ = super().command()
        return [binary, str(self._file), "--sentinel"]

    def start(self, **options: Any) -> None:
        super().start(**options)
        # Before Redis 7 it cannot be set: there a busy machine takes half a minute longer.
        with contextlib.suppress(redis.ResponseError), redis.Redis(port=self.port) as client:
            client.execute_command("SENTINEL DEBUG", "tilt-period", TILT)


class SentinelSetup:
    """Three Redis, of which one is the master, and three sentinels with a quorum of two."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.servers = [_server(folder / f"redis-{number}", *options) for number in range(3)]
        first, *others = self.servers
        for other in others:
            other.options += ("--replicaof", "127.0.0.1", str(first.port))
        self.sentinels = [
            SentinelServer(_made(folder / f"sentinel-{number}"), first) for number in range(3)
        ]
        hosts = [f"sentinel://127.0.0.1:{sentinel.port}" for sentinel in self.sentinels]
        self.url = f"{';'.join(hosts)}/0?master_name={MASTER_NAME}"

    def start(self) -> None:
        for server in (*self.servers, *self.sentinels):
            server.start()
        wait_until(lambda: all(map(self._knows_all, self.sentinels)), within=30)

    def master(self) -> RedisServer | None:
        """The one that a majority of the sentinels names, if it takes writes."""
        named = [port for sentinel in self.sentinels if (port := self._named_by(sentinel))]
        chosen = [server for server in self.servers if named.count(server.port) >= 2]
        return chosen[0] if chosen and self._role(chosen[0]) == "master" else None

    def wait_for_another(self, than: RedisServer) -> None:
        """Until another one is the master; usually in less than 10 s."""
        wait_until(lambda: self.master() not in {None, than}, within=60)

    def wait_until_replica(self, server: RedisServer) -> None:
        wait_until(lambda: self._role(server) == "slave", within=60)

    def client(self) -> "redis.Redis":
        """A client of the present master; answers are text."""
        master = wait_until(self.master, within=30)
        return redis.Redis.from_url(master.url, decode_responses=True)

    def hand_over(self) -> None:
        """What an operator does before work on the master.

        The old one is told last: for some ten seconds there are two that take writes.
        """
        with redis.Redis(port=self.sentinels[0].port) as client:
            client.execute_command("SENTINEL FAILOVER", MASTER_NAME)

    def stop(self) -> None:
        for server in (*self.sentinels, *self.servers):
            server.kill()

    def _named_by(self, sentinel: SentinelServer) -> int | None:
        with contextlib.suppress(redis.RedisError), redis.Redis(port=sentinel.port) as client:
            _, port = client.sentinel_get_master_addr_by_name(MASTER_NAME)
            return int(port)
        return None

    def _role(self, server: RedisServer) -> str | None:
        client = redis.Redis.from_url(server.url, socket_timeout=1)
        with contextlib.suppress(redis.RedisError), client:
            return str(client.info("replication")["role"])
        return None

    def _knows_all(self, sentinel: SentinelServer) -> bool:
        with redis.Redis(port=sentinel.port) as client:
            state = client.sentinel_master(MASTER_NAME)
            return bool(state["num-slaves"] == 2 and state["num-other-sentinels"] == 2)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _server(folder: Path, *options: str) -> RedisServer:
    return RedisServer(_made(folder), "--appendonly", "yes", *QUICK, *options)
