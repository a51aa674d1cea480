"""Messages that no worker can make anything of: set aside in Redis, newest first, in bounds."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from beat_schedule.keys import Keys

#: So many are kept; older ones go.
MOST = 1_000

#: Of each so many bytes are kept.
LONGEST = 16 * 1024


class SpoiledError(Exception):
    """A message that no delivery will ever make a run of; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """One of them."""

    at: datetime
    #: The queue that it was taken from.
    queue: str
    reason: str
    #: Of the whole message, in bytes.
    size: int
    #: Its beginning, as it came.
    message: bytes


class SpoiledMessages:
    """Those of one installation; raises redis-py's errors."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._redis = client
        self._key = Keys(prefix).spoiled

    def keep(self, at: datetime, queue: str, message: bytes, reason: str) -> None:
        kept = {
            "at": at.isoformat(timespec="milliseconds"),
            "queue": queue,
            "reason": reason,
            "size": len(message),
            "message": base64.b64encode(message[:LONGEST]).decode(),
        }
        with self._redis.pipeline() as pipe:
            pipe.lpush(self._key, json.dumps(kept))
            pipe.ltrim(self._key, 0, MOST - 1)
            pipe.execute()

    def newest(self, limit: int = MOST) -> list[Spoiled]:
        found: Any = self._redis.lrange(self._key, 0, limit - 1)
        return [_read(json.loads(each)) for each in found]

    def forget(self) -> int:
        """Throw all of them away; how many there were."""
        with self._redis.pipeline() as pipe:
            pipe.llen(self._key)
            pipe.delete(self._key)
            count, _ = pipe.execute()
        return int(count)


def _read(kept: dict[str, Any]) -> Spoiled:
    at, message = datetime.fromisoformat(kept["at"]), base64.b64decode(kept["message"])
    return Spoiled(**{**kept, "at": at, "message": message})
