"""A beat whose time the test moves, on a real Redis."""

import json
from datetime import datetime
from typing import Any

import redis
from celery import Celery

from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.passes import Passes
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.state import State
from beat_schedule.testing import ManualClock


class ClockedState(State):
    """Redis with the test's own time."""

    clock: ManualClock

    def now(self) -> datetime:
        return self.clock.now()


class Beat:
    """A beat whose time the test moves; `sent` reads what lies in the queues."""

    def __init__(self, url: str, clock: ManualClock) -> None:
        self.clock = clock
        self.app = Celery("guest", broker=url, set_as_current=False)
        self.app.conf.broker_transport_options = {"global_keyprefix": "test:"}
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.publishers: list[Publisher] = []

    def start(self, **entries: Any) -> Passes:
        """A beat process that begins now, with `key=schedule` or `key={...}` as its entries."""
        publisher = Publisher(self.app)
        self.publishers.append(publisher)
        state = ClockedState(publisher.redis, publisher.prefix)
        state.clock = self.clock
        return Passes(self._entries(entries), publisher, state)

    def _entries(self, entries: dict[str, Any]) -> dict[str, PeriodicEntry]:
        return {
            key: PeriodicEntry(name=key, app=self.app, **self._fields(key, entry))
            for key, entry in entries.items()
        }

    @staticmethod
    def _fields(key: str, entry: Any) -> dict[str, Any]:
        return {"task": f"tasks.{key}"} | (
            entry if isinstance(entry, dict) else {"schedule": entry}
        )

    def messages(self, queue: str = "celery") -> list[dict[str, Any]]:
        return [json.loads(text) for text in reversed(self.redis.lrange(f"test:{queue}", 0, -1))]

    def sent(self, queue: str = "celery") -> list[tuple[str, datetime]]:
        heads = [message["headers"] for message in self.messages(queue)]
        return [(h["hookbeat_entry"], datetime.fromisoformat(h["hookbeat_due_at"])) for h in heads]

    def close(self) -> None:
        self.redis.close()
        for publisher in self.publishers:
            publisher.close()
        self.app.close()
