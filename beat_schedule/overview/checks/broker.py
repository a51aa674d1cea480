"""Whether this Redis keeps what it is given."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import redis

from beat_schedule.clock import from_millis
from beat_schedule.errors import Problem
from beat_schedule.keys import MAIN, Keys
from beat_schedule.times import TIME, shown

PLACE = "redis"

OLDEST = (6, 2)

#: Of what it may take at most.
FULL = 0.8

#: Lines of the journal, and their age, of which the record is a little behind.
LINES = 10_000
LAG = timedelta(minutes=1)


def looked_at(info: Mapping[str, Any]) -> str:
    """What there is to say of it in a line."""
    most = _human(int(info.get("maxmemory", 0)))
    used = _human(int(info.get("used_memory", 0)))
    kept = "append-only file" if info.get("aof_enabled") else "no append-only file"
    return f"Redis {info.get('redis_version', '?')}, {used} of {most or 'any'}, {kept}"


def problems_of(info: Mapping[str, Any]) -> Iterator[Problem]:
    """What `INFO` tells."""
    version = str(info.get("redis_version", ""))
    if _numbers(version) < OLDEST:
        yield Problem(PLACE, f"it is version {version}", "use 6.2 or newer, or Valkey")
    if info.get("cluster_enabled"):
        cure = "use one server, or a group behind sentinels: kombu knows no cluster"
        yield Problem(PLACE, "it is part of a Redis Cluster", cure)
    if info.get("role", "master") != "master":
        yield Problem(PLACE, "it is a replica: nothing can be written", "name the master")
    yield from _persistence(info)
    yield from _memory(info)


def record_lags(client: redis.Redis, keys: Keys, now: datetime) -> Iterator[Problem]:
    """Whether decisions of a clock wait for the database for long."""
    lines: Any = client.xlen(keys.journal)
    oldest: Any = client.xrange(keys.journal, count=1)
    if not oldest:
        return
    # The id of a line begins with the time at which it was written.
    age = now - from_millis(oldest[0][0].partition(b"-")[0])
    if age > LAG or lines > LINES:
        since = timedelta(seconds=age // timedelta(seconds=1))
        of = "" if keys.group == MAIN else f"clock {keys.group}: "
        yield Problem(
            "record",
            f"{of}{lines} decisions are not on record, the oldest for {since}",
            "bring the database back, or make room in it; `record.away` in the leader's log says "
            "what it does not take",
        )


def clocks_apart(now: datetime, others: Mapping[str, float], most: float) -> Iterator[Problem]:
    """`others` says of each clock by how many seconds it is ahead of Redis's."""
    for whose, offset in others.items():
        if abs(offset) > most:
            way = "ahead of" if offset > 0 else "behind"
            off = f"{abs(offset):.1f} s {way} Redis's ({shown(now, TIME)})"
            reason = f"the clock of {whose} is {off}"
            yield Problem("clocks", reason, "set the one right that is wrong, with NTP")


def _persistence(info: Mapping[str, Any]) -> Iterator[Problem]:
    if not info.get("aof_enabled"):
        cure = "set `appendonly yes`: CONFIG SET appendonly yes, and in its configuration"
        yield Problem(PLACE, "it may forget what waits in the queues when it restarts", cure)
    for what, name in (("write", "aof_last_write_status"), ("snapshot", "rdb_last_bgsave_status")):
        if info.get(name, "ok") != "ok":
            cure = "make room on its disk; its log says why"
            yield Problem(PLACE, f"its last {what} to disk failed", cure)


def _memory(info: Mapping[str, Any]) -> Iterator[Problem]:
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        cure = "set `maxmemory-policy noeviction`"
        yield Problem(PLACE, f"when it is full it throws keys away ({policy})", cure)
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    with suppress(ZeroDivisionError):
        if used / most > FULL:
            reason = f"{used / most:.0%} of its memory is taken ({_human(used)} of {_human(most)})"
            yield Problem(PLACE, reason, "give it more (`maxmemory`), or see which queue grows")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _human(size: int) -> str:
    """`12 MB`; nothing for nothing."""
    return f"{max(size // 1_000_000, 1)} MB" if size else ""
