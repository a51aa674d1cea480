"""A look at everything that an installation needs, with a cure for whatever it lacks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import redis
from kombu.transport.redis import Channel
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule import tracing
from beat_schedule.actions import operator_of
from beat_schedule.apps import app_named
from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.clock import Clock
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.witness import STEP
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError, Problem, ProblemsError
from beat_schedule.keys import MAIN, Keys
from beat_schedule.settings import Settings
from beat_schedule.store.engine import engine_of, make_readers
from beat_schedule.translate import load
from beat_schedule.translate.periodic import GRACE

from .checks import broker, database, mail, work
from .leading import obstacles
from .status import InRedis, Status, status_of


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at, in a line each, and everything that was found."""

    looked_at: Sequence[str]
    problems: Sequence[Problem]


def examine(settings: Settings, clock: Clock) -> Examined:
    """Look at Redis, database, beats, workers, runs, hooks and mail; no finding hides another."""
    visit = _Visit(settings, clock, status_of(settings, clock))
    problems = visit.status.problems()
    told_already = {each.reason for each in problems}
    for place, check in (
        ("hooks", visit.look_at_hooks),
        ("redis", visit.look_at_redis),
        ("database", visit.look_at_database),
        ("beats", visit.look_at_beats),
        ("workers", visit.look_at_workers),
        ("app", visit.look_at_app),
        ("mail", lambda: mail.problems_of(settings)),
        ("traces", lambda: tracing.problems_of(settings)),
    ):
        problems += [each for each in _found(place, check) if each.reason not in told_already]
    # What one check says of an outage the next would say again.
    return Examined(visit.looked_at, list(dict.fromkeys(problems)))


@dataclass(slots=True)
class _Visit:
    """One look; each check may rely on those before it, and must not need them."""

    settings: Settings
    clock: Clock
    status: Status
    entries: Sequence[Entry] = ()
    looked_at: list[str] = field(default_factory=list)
    #: Of each clock by how many seconds it is ahead of Redis's.
    clocks: dict[str, float] = field(default_factory=dict)

    def look_at_hooks(self) -> Iterator[Problem]:
        translation = load(self.settings)
        self.entries = translation.entries
        self.looked_at.append(f"hooks: {len(self.entries)} entries")
        yield from translation.problems

    def look_at_redis(self) -> Iterator[Problem]:
        if self.status.redis is None:
            return
        prefix = self.settings.prefix
        with told(self.settings), client_of(self.settings, timeout=PATIENCE) as client:
            info: dict[str, Any] = client.info()
            self.looked_at.append(broker.looked_at(info))
            yield from broker.problems_of(info)
            asked_at = self.clock.now()
            now = Operator(client, prefix).now()
            middle = asked_at + (self.clock.now() - asked_at) / 2
            self.clocks["this machine"] = (middle - now).total_seconds()
            for sight in self.status.redis.clocks:
                yield from broker.record_lags(client, Keys(prefix, sight.clock), now)
            yield from self._spoiled(client)
        self._ask_for_clocks(self.status.redis)
        most = STEP.total_seconds()
        yield from broker.clocks_apart(now, self.clocks, most)

    def look_at_database(self) -> Iterator[Problem]:
        if self.status.record is None and self.status.redis is None:
            return
        with engine_of(self.settings) as engine:
            found = database.measured(engine, self.clock)
            ahead = (found.now - self.clock.now()).total_seconds()
            self.looked_at.append(f"database: {found.words}")
            yield from database.problems_of(engine, self.settings, found)
            if "this machine" in self.clocks:
                others = {"the database": ahead + self.clocks["this machine"]}
                most = STEP.total_seconds()
                yield from broker.clocks_apart(self.status.now, others, most)
            with make_readers(engine)() as session:
                yield from work.stuck(session, self.settings, self.entries, self.status.now)

    def look_at_beats(self) -> Iterator[Problem]:
        yield from work.perhaps_forgotten(self.status.holds, self.status.now)
        if self.status.redis:
            clocks = self.status.redis.clocks
            self.looked_at.append(f"beats: {sum(len(sight.beats) for sight in clocks)}")
            for sight in clocks:
                yield from work.beats_that_differ(sight)
                yield from work.owed(sight)
            yield from self._other_clocks()

    def look_at_workers(self) -> Iterator[Problem]:
        if self.status.redis:
            workers = self.status.redis.workers
            self.looked_at.append(f"workers: {len(workers)}")
            yield from work.unserved(self.entries, workers)

    def look_at_app(self) -> Iterator[Problem]:
        """Whether a message may come back while its run goes on."""
        options = app_named(self.settings.app).conf.broker_transport_options
        timeout = timedelta(seconds=options.get("visibility_timeout", Channel.visibility_timeout))
        spans = [*self.settings.queue_timeouts.values()]
        spans += [entry.timeout for entry in self.entries if entry.timeout]
        longest = max(spans) + GRACE
        self.looked_at.append(f"messages come back after {timeout}")
        if timeout <= longest:
            yield Problem(
                "app",
                f"a message comes back after {timeout}, and a run may take {longest}",
                "set broker_transport_options['visibility_timeout'] to more than twice as long",
            )

    def _other_clocks(self) -> Iterator[Problem]:
        """Each has a lease of its own."""
        clocks = sorted({entry.clock for entry in self.entries} - {MAIN})
        if not clocks or self.status.driven:
            return
        with operator_of(self.settings) as operator:
            for clock in clocks:
                yield from obstacles(operator.look(clock))

    def _spoiled(self, client: redis.Redis) -> Iterator[Problem]:
        if count := client.llen(Keys(self.settings.prefix).spoiled):
            reason = f"{count} messages could not be read, and were set aside"
            yield Problem("queues", reason, "hookbeat spoiled")

    def _ask_for_clocks(self, known: InRedis) -> None:
        """What beats and workers said of theirs themselves."""
        alive = (beat for sight in known.clocks for beat in sight.living)
        self.clocks |= {f"the beat {beat.id}": beat.card.offset for beat in alive}
        self.clocks |= {
            f"the worker {worker.name}": worker.card.offset
            for worker in known.workers
            if worker.is_alive
        }


def _found(place: str, check: Callable[[], Iterator[Problem]]) -> list[Problem]:
    """What it found until it could not go on, and why not."""
    found: list[Problem] = []
    try:
        found += check()
    except ProblemsError as error:
        found += error.problems
    # An app that cannot be made ends the process that imports it.
    except (HookbeatError, redis.RedisError, SQLAlchemyError, OSError, SystemExit) as error:
        found.append(Problem(place, str(error).partition("\n")[0]))
    return found
