"""Waiting tokens of runs that the record does not wait for: in nobody's way after a while."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from beat_schedule.clock import Clock, from_millis, to_millis

from .scripted import Scripted

#: How long such a token may stand: perhaps no worker ever takes what is sent by hand.
ORPHANED = timedelta(minutes=2)


class Orphans:
    """Remembers them on the clock that never goes back, as long as its beat leads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def old(self, runs: Collection[str], _now: datetime) -> set[str]:
        """Those of `runs` that were there so long ago already; forgets all others."""
        at = self._clock.monotonic()
        self._since = {run: self._since.get(run, at) for run in runs}
        return {run for run, since in self._since.items() if at - since >= ORPHANED.total_seconds()}


class KeptOrphans:
    """The same for whoever leads for a moment: what one pass saw, a later one knows."""

    def __init__(self, state: Scripted) -> None:
        self._redis = state.redis
        self._key = state.keys.orphans

    def old(self, runs: Collection[str], now: datetime) -> set[str]:
        """As `Orphans.old`, by Redis's time; raises redis-py's errors."""
        stored = self._redis.hgetall(self._key)
        before = {run.decode(): from_millis(since) for run, since in stored.items()}
        since = {run: min(before.get(run, now), now) for run in runs}
        if since.keys() != before.keys():
            self._keep(since)
        return {run for run in runs if now - since[run] >= ORPHANED}

    def _keep(self, since: Mapping[str, datetime]) -> None:
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.delete(self._key)
        if since:
            stored = {run: to_millis(instant) for run, instant in since.items()}
            pipeline.hset(self._key, mapping=stored)
        pipeline.execute()
