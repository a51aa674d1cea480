"""The beat's state in Redis: the cursor, and how far each entry is decided.

Exactly one method calls each script; nobody else sees KEYS and ARGV.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.keys import Keys
from beat_schedule.scripts import source

from .messages import Push

#: Entries in one call of a script: long enough to be fast, short enough not to hold Redis up.
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """That everything of `entry` in (expected, last] is decided, and what goes into the queues."""

    entry: str
    expected: datetime
    last: datetime
    pushes: Sequence[Push]


class State:
    """Speaks to the Redis of one installation; raises redis-py's errors."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._redis: Any = client
        self._keys = Keys(prefix)
        self._decide: Any = client.register_script(source("decide"))
        self._advance: Any = client.register_script(source("advance"))

    def now(self) -> datetime:
        """Redis's own time: the one clock that all beats share."""
        seconds, micros = self._redis.time()
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)

    def cursor(self) -> datetime | None:
        """The instant up to which every entry was looked at; None before the first pass ever."""
        stored = self._redis.get(self._keys.cursor)
        return None if stored is None else from_millis(stored)

    def adopt(self, entries: Sequence[str], first_seen: datetime) -> dict[str, datetime]:
        """How far each entry is decided; one never seen starts at `first_seen`."""
        if not entries:
            return {}
        pipeline = self._redis.pipeline()
        for entry in entries:
            pipeline.hsetnx(self._keys.last, entry, to_millis(first_seen))
        pipeline.execute()
        stored = self._redis.hmget(self._keys.last, entries)
        return {entry: from_millis(last) for entry, last in zip(entries, stored, strict=True)}

    def owing(self) -> set[str]:
        """Entries that have due times at or before the cursor still undecided."""
        return {entry.decode() for entry in self._redis.hkeys(self._keys.owing)}

    def decide(self, decisions: Sequence[Decision]) -> dict[str, str]:
        """Carry the decisions out; `decided`, `done` or `stale` for each entry."""
        answers: dict[str, str] = {}
        for start in range(0, len(decisions), CHUNK):
            chunk = decisions[start : start + CHUNK]
            words = self._decide(**_arguments(self._keys.last, chunk))
            answers |= {
                decision.entry: word.decode() for decision, word in zip(chunk, words, strict=True)
            }
        return answers

    def advance(
        self, cursor: datetime, owing: Mapping[str, datetime], paid: Iterable[str]
    ) -> datetime:
        """Move the cursor to where everything is decided or owed; it never falls."""
        owed = [word for entry, due_at in owing.items() for word in (entry, to_millis(due_at))]
        stored = self._advance(
            keys=[self._keys.cursor, self._keys.owing],
            args=[to_millis(cursor), len(owing), *owed, *paid],
        )
        return from_millis(stored)

    def start_from(self, cursor: datetime, entries: Iterable[str]) -> None:
        """Begin an installation's history at `cursor`: what was due since then is decided."""
        pipeline = self._redis.pipeline()
        pipeline.set(self._keys.cursor, to_millis(cursor))
        for entry in entries:
            pipeline.hset(self._keys.last, entry, to_millis(cursor))
        pipeline.execute()


def _arguments(last: str, decisions: Sequence[Decision]) -> dict[str, list[Any]]:
    keys = [last, *sorted({push.key for decision in decisions for push in decision.pushes})]
    position = {key: number for number, key in enumerate(keys, start=1)}
    args: list[Any] = []
    for decision in decisions:
        args += [decision.entry, to_millis(decision.expected), to_millis(decision.last)]
        args.append(len(decision.pushes))
        for push in decision.pushes:
            args += [push.command, position[push.key], push.payload]
    return {"keys": keys, "args": args}
