"""What really happened, from witnesses that no fault of the experiment reaches.

Redis's append-only file holds every write that took effect, in order, with each message in full:
it says what was sent, whatever became of replies and processes. The workers' files say what
arrived. The record says what the beats believe.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from .entries import QUEUE


@dataclass(frozen=True, slots=True, order=True)
class Tick:
    """One due time of one entry."""

    entry: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """A message that was put into the queue."""

    tick: Tick
    id: str
    #: Which process built it, as Celery names it: `gen<pid>@<host>`.
    origin: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a worker carried out."""

    tick: Tick
    id: str
    origin: str
    at: datetime
    #: That Celery's transport brought it a second time, not that it was sent twice.
    redelivered: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the record: a span of due times of one entry."""

    entry: str
    first_due: datetime
    last_due: datetime
    count: int
    decision: str
    reason: str


def pushes(redis_folder: Path) -> Iterator[Push]:
    """Every message the beats put into the queue, without what Celery's transport put back."""
    for command, *words in commands(redis_folder):
        if command.upper() not in {b"LPUSH", b"RPUSH"} or not words[0].startswith(QUEUE.encode()):
            continue
        for payload in words[1:]:
            headers = json.loads(payload)["headers"]
            if "hookbeat_entry" in headers and not headers.get("redelivered"):
                yield Push(_tick(headers), headers["id"], headers["origin"])


def held(redis_folder: Path) -> set[str]:
    """The ids of all messages that a worker noted as in its hands.

    One that left the queue and is not among them was lost on its way: Celery's transport takes
    with BRPOP, and a Redis that dies before its reply has arrived has taken for nobody.
    """
    found = set()
    for command, *words in commands(redis_folder):
        if command.upper() == b"HSET" and words[0] == b"unacked":
            message, *_ = json.loads(words[2])
            found.add(message["headers"].get("id"))
    return found


def _tick(headers: dict[str, str]) -> Tick:
    return Tick(headers["hookbeat_entry"], datetime.fromisoformat(headers["hookbeat_due_at"]))


def commands(redis_folder: Path) -> Iterator[list[bytes]]:
    """Every write of an append-only file that was never rewritten."""
    parts = sorted(redis_folder.glob("appendonlydir/*.incr.aof"), key=_number)
    for part in parts or [redis_folder / "appendonly.aof"]:
        with part.open("rb") as file:
            yield from _commands(file)


def _number(part: Path) -> int:
    return int(part.name.split(".")[-3])


def _commands(file: IO[bytes]) -> Iterator[list[bytes]]:
    while head := file.readline():
        if head.startswith(b"#"):
            continue
        words = []
        for _ in range(int(head[1:])):
            length = int(file.readline()[1:])
            words.append(file.read(length))
            file.read(2)
        yield words


def arrivals(folder: Path) -> Iterator[Arrival]:
    """What the workers wrote down, in no order."""
    for path in folder.glob("*.ticks"):
        for line in path.read_text().splitlines():
            entry, due_at, message, origin, at, redelivered = line.split("\t")
            tick = Tick(entry, datetime.fromisoformat(due_at))
            when = datetime.fromisoformat(at)
            yield Arrival(tick, message, origin, when, redelivered == "1")


def rows(database_url: str) -> Sequence[Row]:
    """Every decision on record."""
    with psycopg.connect(database_url) as session:
        found = session.execute(
            "SELECT entry, first_due, last_due, count, decision, reason FROM occurrence"
        )
        return [Row(e, _utc(f), _utc(u), n, d, r) for e, f, u, n, d, r in found]


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
