"""A beat whose time the test moves, on a real Redis."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import redis
from celery import Celery

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Definition
from beat_schedule.dispatch.crew import Crew
from beat_schedule.dispatch.defining import Defining
from beat_schedule.dispatch.definitions import Definitions
from beat_schedule.dispatch.generation import generation_of
from beat_schedule.dispatch.lease import Lease
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.passes import Passes
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.record import Record
from beat_schedule.dispatch.recover import recover
from beat_schedule.dispatch.roster import Roster
from beat_schedule.dispatch.state import State
from beat_schedule.dispatch.values import Declared, Owing, Taken
from beat_schedule.dispatch.witness import Witness
from beat_schedule.scripts import text
from beat_schedule.settings import Settings
from beat_schedule.testing import ManualClock
from beat_schedule.translate.said import when_said
from beat_schedule.workers import Workers

#: Where tests write Redis's time, in UTC ms.
CLOCK_KEY = "test:clock"

_ASKED = 'redis.call("TIME")'
_TOLD = f'{{ redis.call("GET", "{CLOCK_KEY}") / 1000, 0 }}'


def clocked_prelude() -> str:
    """The scripts' prelude, with the time that the test says in place of the server's."""
    prelude = text("prelude")
    assert prelude.count(_ASKED) == 1
    return prelude.replace(_ASKED, _TOLD)


def owing(state: State) -> dict[str, Owing]:
    """What each entry owes."""
    found = state.redis.hgetall(state.keys.owing)
    return {entry.decode(): Owing.read(text) for entry, text in found.items()}


class Standby:
    """A beat that lives on the test's clock, and leads when it can."""

    def __init__(self, clock: ManualClock, state: State, lease: Lease) -> None:
        self.clock = clock
        self.state = state
        self.lease = lease

    @property
    def term(self) -> Taken | None:
        return self.lease.term

    def beat(self, redis_is_ahead_by: timedelta = timedelta(0)) -> None:
        """Renew, or look whether the lease is free."""
        self.say_the_time(redis_is_ahead_by)
        self.lease.beat()

    def say_the_time(self, ahead_by: timedelta = timedelta(0)) -> None:
        self.state.redis.set(CLOCK_KEY, to_millis(self.clock.now() + ahead_by))


class Leader(Standby):
    """A beat that leads."""

    roster: Roster
    definitions: Definitions
    passes: Passes

    def make(
        self, woken: tuple[str, ...] = (), redis_is_ahead_by: timedelta = timedelta(0)
    ) -> timedelta:
        """What a second of a real beat does: renew, and make a pass."""
        self.beat(redis_is_ahead_by)
        if changed := self.follow():
            self.passes.take_up(changed)
        return self.passes.make(woken)

    def declared(self) -> Sequence[Declared]:
        self.follow()
        return self.roster.declared()

    def follow(self) -> Collection[str]:
        """List what operators say by now."""
        changes = self.definitions.changes(self.state)
        self.roster.change(changes)
        return changes.keys()


class Beat:
    """Beats whose time the test moves; `sent` reads what lies in the queues."""

    def __init__(self, url: str, clock: ManualClock) -> None:
        self.clock = clock
        self.app = Celery("guest", broker=url, set_as_current=False)
        self.app.conf.broker_transport_options = {"global_keyprefix": "test:"}
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.publishers: list[Publisher] = []
        self._leader: Leader | None = None

    def start(self, record: Record | None = None, **entries: Any) -> Leader:
        """A beat process that leads from now on, with `key=schedule` or `key={...}` as entries."""
        if self._leader:
            self._leader.lease.release()
        made = self._entries(entries)
        leader = self._leader = Leader(self.clock, *self._lease(made))
        leader.beat()
        leader.roster = Roster(made)
        leader.definitions = Definitions(made, self._made)
        assert leader.term
        if record:
            recover(leader.state, record, leader.term.grant, leader.declared)
        leader.follow()
        witness = leader.lease._witness
        publisher = self.publishers[-1]
        leader.passes = Passes(
            leader.term.grant,
            roster=leader.roster,
            messages=publisher,
            state=leader.state,
            witness=witness,
            lease=leader.lease,
            crew=Crew(Workers(publisher.redis, publisher.prefix)),
        )
        return leader

    def define(self, *definitions: Definition, known: int | None = None) -> bool:
        """As an operator's action does."""
        if not self.publishers:
            self.publishers.append(Publisher(self.app))
        publisher = self.publishers[-1]
        publisher.redis.set(CLOCK_KEY, to_millis(self.clock.now()))
        state = Defining(publisher.redis, publisher.prefix, clocked_prelude())
        return state.define(definitions, known)

    def _made(self, said: Definition) -> PeriodicEntry:
        fields = self._fields(said.key, when_said(said.options or {}, Settings()))
        return PeriodicEntry(name=said.key, app=self.app, **fields)

    def stand_by(self, **entries: Any) -> Standby:
        """Another beat process, beside the one that leads."""
        standby = Standby(self.clock, *self._lease(self._entries(entries)))
        standby.beat()
        return standby

    def wipe(self) -> None:
        self.redis.flushall()

    def snapshot(self) -> dict[str, bytes]:
        """Everything that Redis holds."""
        raw = self.publishers[-1].redis
        return {key: raw.dump(key) for key in self.redis.keys("test:*")}

    def restore(self, snapshot: dict[str, bytes]) -> None:
        """Let Redis go back to that state."""
        raw = self.publishers[-1].redis
        self.redis.flushall()
        for key, value in snapshot.items():
            raw.restore(key, 0, value)

    def _lease(self, entries: Mapping[str, PeriodicEntry]) -> tuple[State, Lease]:
        publisher = Publisher(self.app)
        self.publishers.append(publisher)
        state = State(publisher.redis, publisher.prefix, clocked_prelude())
        lease = Lease(
            self.clock,
            Witness(self.clock),
            beat=f"beat-{len(self.publishers)}",
            generation=generation_of(entries.values()),
            card=dict,
        )
        lease.connect(state)
        return state, lease

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

    def due(self, entry: str) -> list[datetime]:
        """The due times of that entry that were sent."""
        return [at for key, at in self.sent() if key == entry]

    def journal(self) -> list[dict[str, str]]:
        """Every line of the journal, oldest first."""
        return [line for _, line in self.redis.xrange("test:hookbeat:main:journal")]

    def close(self) -> None:
        self.redis.close()
        for publisher in self.publishers:
            publisher.close()
        self.app.close()
