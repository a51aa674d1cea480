"""What waits in the queues, and which workers take it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from beat_schedule.brokers import PRIORITY_STEPS, lists_of
from beat_schedule.workers import SeenWorker, taken_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue, with all its priorities."""

    name: str
    #: Messages that no worker has taken.
    depth: int
    #: Of the oldest of them; None where there is none, or it does not say when it was sent.
    age: timedelta | None
    #: Names of the living workers that take it.
    workers: Sequence[str]

    @property
    def is_stranded(self) -> bool:
        """Whether something waits that nobody will take."""
        return self.depth > 0 and not self.workers


def queues_of(
    client: redis.Redis,
    prefix: str,
    names: Iterable[str],
    workers: Sequence[SeenWorker],
    now: datetime,
) -> list[Queue]:
    """These queues, and whatever others the workers take; raises redis-py's errors."""
    takers = taken_by(workers)
    every = sorted({*names, *takers})
    pipeline: Any = client.pipeline(transaction=False)
    for name in every:
        for key in lists_of(f"{prefix}{name}"):
            pipeline.llen(key)
            # Lists are pushed at the left: the last one is the oldest.
            pipeline.lindex(key, -1)
    answers = iter(pipeline.execute())
    found = []
    for name in every:
        lists = [(next(answers), next(answers)) for _ in PRIORITY_STEPS]
        sent = [at for _, oldest in lists if oldest and (at := _sent_at(oldest))]
        found.append(
            Queue(
                name=name,
                depth=sum(length for length, _ in lists),
                age=max(now - min(sent), timedelta(0)) if sent else None,
                workers=takers.get(name, ()),
            )
        )
    return found


def _sent_at(message: bytes) -> datetime | None:
    """When it was put there, if the message is one of ours."""
    try:
        at = datetime.fromisoformat(json.loads(message)["headers"]["hookbeat_queued_at"])
    except (ValueError, LookupError, TypeError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None
