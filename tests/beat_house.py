"""A beat whose time the test moves, on a real Redis."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import redis
from celery import Celery

from beat_schedule.clock import to_millis
from beat_schedule.dispatch.generation import generation_of
from beat_schedule.dispatch.lease import Lease
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.passes import Passes
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.roster import Roster
from beat_schedule.dispatch.state import State
from beat_schedule.dispatch.witness import Witness
from beat_schedule.scripts import text
from beat_schedule.testing import ManualClock

#: Where tests write Redis's time, in UTC ms.
CLOCK_KEY = "test:clock"

_ASKED = 'redis.call("TIME")'
_TOLD = f'{{ redis.call("GET", "{CLOCK_KEY}") / 1000, 0 }}'


def clocked_prelude() -> str:
    """The scripts' prelude, with the time that the test says in place of the server's."""
    prelude = text("prelude")
    assert prelude.count(_ASKED) == 1
    return prelude.replace(_ASKED, _TOLD)


class Leader:
    """A beat that leads, and that lives on the test's clock."""

    def __init__(self, clock: ManualClock, state: State, lease: Lease, passes: Passes) -> None:
        self.clock = clock
        self.state = state
        self.lease = lease
        self.passes = passes

    def make(self, woken: tuple[str, ...] = ()) -> timedelta:
        """What a second of a real beat does: renew, and make a pass."""
        self.say_the_time()
        self.lease.beat()
        return self.passes.make(woken)

    def say_the_time(self) -> None:
        self.state.redis.set(CLOCK_KEY, to_millis(self.clock.now()))


class Beat:
    """Beats whose time the test moves, one leading after the other; `sent` reads the queues."""

    def __init__(self, url: str, clock: ManualClock) -> None:
        self.clock = clock
        self.app = Celery("guest", broker=url, set_as_current=False)
        self.app.conf.broker_transport_options = {"global_keyprefix": "test:"}
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.publishers: list[Publisher] = []
        self._leader: Leader | None = None

    def start(self, **entries: Any) -> Leader:
        """A beat process that leads from now on, with `key=schedule` or `key={...}` as entries."""
        publisher = Publisher(self.app)
        self.publishers.append(publisher)
        state = State(publisher.redis, publisher.prefix, clocked_prelude())
        state.redis.set(CLOCK_KEY, to_millis(self.clock.now()))
        if self._leader:
            self._leader.lease.release()
        made = self._entries(entries)
        witness = Witness(self.clock)
        lease = self._lease(made, state, witness)
        passes = Passes(Roster(made), publisher, state, witness, lease)
        self._leader = Leader(self.clock, state, lease, passes)
        return self._leader

    def _lease(
        self, entries: Mapping[str, PeriodicEntry], state: State, witness: Witness
    ) -> Lease:
        lease = Lease(
            self.clock,
            witness,
            beat=f"beat-{len(self.publishers)}",
            generation=generation_of(entries.values()),
            card=dict,
        )
        lease.connect(state)
        lease.beat()
        return lease

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

    def journal(self) -> list[dict[str, str]]:
        """Every line of the journal, oldest first."""
        return [line for _, line in self.redis.xrange("test:hookbeat:main:journal")]

    def close(self) -> None:
        self.redis.close()
        for publisher in self.publishers:
            publisher.close()
        self.app.close()
