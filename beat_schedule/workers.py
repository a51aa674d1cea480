"""Which workers live: each shows itself in Redis, with the queues that it takes and its tasks.

So nobody has to ask them, and wait for those that do not answer.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import redis

from beat_schedule.clock import from_millis
from beat_schedule.keys import Keys
from beat_schedule.scripts import Script

#: Seconds between two signs.
EVERY = 5.0

#: A worker that has not shown itself for so long is gone, or cut off.
LIFE = timedelta(seconds=3 * EVERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCard:
    """What a worker says of itself with every sign of life."""

    host: str = ""
    pid: int = 0
    #: Of Hookbeat.
    version: str = ""
    pool: str = ""
    #: How many runs it carries out at once.
    slots: int = 0
    #: Runs that it has in hand.
    busy: int = 0
    queues: tuple[str, ...] = ()
    #: Seconds by which its machine's clock is ahead of Redis's.
    offset: float = 0.0
    #: Stands for the names of the tasks that it knows; empty where it does not say.
    tasks: str = ""

    @classmethod
    def read(cls, text: str) -> "WorkerCard":
        """What another worker wrote, perhaps of another version: unknown fields are left out."""
        said: dict[str, Any] = json.loads(text)
        known = {name: said[name] for name in cls.__slots__ if name in said}
        return cls(**known | {"queues": tuple(known.get("queues", ()))})


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """A worker, as it showed itself last."""

    name: str
    at: datetime
    card: WorkerCard
    #: Whether that is not too long ago.
    is_alive: bool


class Workers:
    """The workers of one installation, as Redis knows them; raises redis-py's errors.

    `prelude` stands in for the script's own.
    """

    def __init__(self, client: redis.Redis, prefix: str, prelude: str | None = None) -> None:
        self._redis: Any = client
        self._prelude = prelude
        keys = Keys(prefix)
        self._key, self._tasks = keys.workers, keys.tasks

    def show(self, name: str, card: WorkerCard, tasks: Iterable[str] | None = None) -> datetime:
        """Say that this worker lives, and which tasks it knows; Redis's time."""
        names = "" if tasks is None else json.dumps(sorted(tasks))
        if names:
            card = replace(card, tasks=hashlib.sha256(names.encode()).hexdigest()[:16])
        args = [name, json.dumps(asdict(card)), card.tasks, names]
        return from_millis(self._script(keys=[self._key, self._tasks], args=args))

    def tasks(self, digest: str) -> frozenset[str] | None:
        """The names that `tasks` of a card stands for; None where nobody knows them any more."""
        found = self._redis.hget(self._tasks, digest)
        return None if found is None else frozenset(json.loads(found))

    @cached_property
    def _script(self) -> Script:
        return Script(self._redis, "show", self._prelude)

    def leave(self, name: str) -> None:
        """Take it from the list: it has ended."""
        self._redis.hdel(self._key, name)

    def seen(self) -> list[SeenWorker]:
        """All that showed themselves in the last ten minutes and did not leave, by name."""
        pipeline = self._redis.pipeline()
        pipeline.time()
        pipeline.hgetall(self._key)
        (seconds, _micros), found = pipeline.execute()
        return _all_seen(found, datetime.fromtimestamp(seconds, UTC))

    def seen_at(self, now: datetime) -> list[SeenWorker]:
        """The same, for whoever knows Redis's time."""
        return _all_seen(self._redis.hgetall(self._key), now)


def taken_by(workers: Iterable[SeenWorker]) -> dict[str, list[str]]:
    """For each queue that is taken, the names of the living workers that take it."""
    takers: dict[str, list[str]] = {}
    for worker in workers:
        for queue in worker.card.queues if worker.is_alive else ():
            takers.setdefault(queue, []).append(worker.name)
    return takers


def _all_seen(found: Mapping[bytes, bytes], now: datetime) -> list[SeenWorker]:
    return sorted(
        (_seen(name.decode(), text.decode(), now) for name, text in found.items()),
        key=lambda worker: worker.name,
    )


def _seen(name: str, text: str, now: datetime) -> SeenWorker:
    millis, card = text.split("|", 1)
    at = from_millis(millis)
    return SeenWorker(name, at, WorkerCard.read(card), is_alive=abs(now - at) <= LIFE)
