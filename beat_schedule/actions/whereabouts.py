"""Where the message is of a run that no worker has started."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis
from kombu.transport.redis import Channel

from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.dispatch.pushes import Message, Push
from beat_schedule.settings import Settings
from beat_schedule.workers import Workers, taken_by

from .queued import messages_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """As of one moment."""

    queue: str
    #: How many messages are taken before it; None where it is not in the queue.
    before: int | None
    #: Whether a worker has taken it and holds it.
    is_in_hand: bool
    #: Names of the living workers of ours that take from the queue.
    workers: Sequence[str]

    @property
    def is_nowhere(self) -> bool:
        return self.before is None and not self.is_in_hand


def whereabouts(settings: Settings, message: Message, run: uuid.UUID) -> Whereabouts | None:
    """Where it is; None of one that waits nowhere, as with fanout. Raises BrokerError."""
    push = next((each for each in message.pushes if each.command == "LPUSH"), None)
    if push is None:
        return None
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        before, is_in_hand = _found(client, settings.prefix, push)
        if before is None and not is_in_hand:
            before = _put_back(client, settings.prefix, message.queue, run)
        takers = taken_by(Workers(client, settings.prefix).seen())
    return Whereabouts(
        queue=message.queue,
        before=before,
        is_in_hand=is_in_hand,
        workers=takers.get(message.queue, []),
    )


def _found(client: redis.Redis, prefix: str, push: Push) -> tuple[int | None, bool]:
    """How many go before it in its list, and whether a worker holds it."""
    tag = json.loads(push.payload)["properties"]["delivery_tag"]
    pipeline: Any = client.pipeline(transaction=True)
    pipeline.lpos(push.key, push.payload)
    pipeline.llen(push.key)
    pipeline.hexists(f"{prefix}{Channel.unacked_key}", tag)
    place, length, is_in_hand = pipeline.execute()
    return (None if place is None else length - 1 - place), bool(is_in_hand)


def _put_back(client: redis.Redis, prefix: str, queue: str, run: uuid.UUID) -> int | None:
    """What a dead worker held is put back first in line, in other words; so is what is resent."""
    is_there = any(each.run == run for each in messages_in(client, prefix, [queue]))
    return 0 if is_there else None
