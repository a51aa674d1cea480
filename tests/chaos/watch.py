"""Who leads, who stands by, and how long a takeover took: read straight from Redis."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import redis

from beat_schedule.clock import SystemClock, from_millis
from beat_schedule.keys import Keys

T = TypeVar("T")

CLOCK = SystemClock()

#: Between two looks at the lease while a takeover is measured, in seconds.
FINE = 0.001

#: A beat that has not shown itself for this long is not counted on.
FRESH = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Lease:
    grant: str
    owner: str
    renewals: int


def wait_for(condition: Callable[[], T], within: float, every: float = 0.05) -> T | None:
    """The first true answer of `condition`; None when there was none in time.

    A Redis that does not answer is no answer.
    """
    deadline = CLOCK.monotonic() + within
    while CLOCK.monotonic() < deadline:
        with suppress(redis.RedisError):
            if answer := condition():
                return answer
        CLOCK.sleep(every)
    return None


class Watch:
    """A client of its own, past proxies; raises redis-py's errors where it says nothing of them."""

    def __init__(self, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(
            url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
        )
        self._keys = Keys("")
        #: By beat id: when it was first seen, on our monotonic clock.
        self._first_seen: dict[str, float] = {}

    @property
    def client(self) -> Any:
        return self._redis

    def now(self) -> datetime:
        seconds, micros = self._redis.time()
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)

    def cursor(self) -> datetime:
        return from_millis(self._redis.get(self._keys.cursor) or 0)

    def lease(self) -> Lease:
        grant, owner, renewals = self._redis.hmget(self._keys.lease, "grant", "owner", "renewals")
        return Lease(grant or "", owner or "", int(renewals or 0))

    def pids(self) -> Mapping[str, int]:
        """The process of every beat that has shown itself just now, by beat id."""
        now = self.now()
        found = {}
        for beat, said in self._redis.hgetall(self._keys.beats).items():
            at, _generation, card = said.split("|", 2)
            if abs(now - from_millis(at)) <= FRESH:
                found[beat] = int(json.loads(card)["pid"])
        moment = CLOCK.monotonic()
        self._first_seen = {beat: self._first_seen.get(beat, moment) for beat in found}
        return found

    def leader(self) -> int | None:
        """The process that holds the lease."""
        lease = self.lease()
        return self.pids().get(lease.owner) if lease.grant else None

    def watches_for(self, beat: str) -> float:
        """Seconds since that beat was first seen."""
        return CLOCK.monotonic() - self._first_seen[beat]

    def standby_is_ready(self, after: float) -> bool:
        """Whether a beat that does not lead has watched the lease for that many seconds."""
        owner = self.lease().owner
        return any(beat != owner and self.watches_for(beat) >= after for beat in self.pids())

    def takeover(self, old_grant: str, since: float, within: float) -> float | None:
        """Seconds from `since` (monotonic) until another grant stood in the lease."""
        deadline = since + within
        while CLOCK.monotonic() < deadline:
            try:
                grant = self.lease().grant
            except redis.RedisError:
                grant = ""
            if grant not in {"", old_grant}:
                return CLOCK.monotonic() - since
            CLOCK.sleep(FINE)
        return None
