"""What Prometheus is told when it asks."""

import threading
from collections import Counter as CounterOf
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.clock import Clock
from beat_schedule.decisions import EVERYTHING
from beat_schedule.dispatch.operator import Sight
from beat_schedule.errors import StoreError
from beat_schedule.incidents import IncidentKind
from beat_schedule.overview import InRedis, OnRecord, Status, status_of
from beat_schedule.settings import Settings
from beat_schedule.store.ended import Seen
from beat_schedule.store.engine import make_engine, make_readers
from beat_schedule.store.models import RunState, Trigger

from .names import CHANGES, DURATION, GAUGES, LATENESS, RUNS, TALLIES, WAITING, named
from .tally import Tally

#: Upper ends of what is counted together, in seconds: of runs, and of waiting.
TOOK = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800, 3600)
WAITED = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)

#: A number and the values of its labels.
Sample = tuple[tuple[str, ...], float]


class Numbers(Collector):
    """Asks Redis and the record anew each time; what cannot be asked is left out."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        #: By clock, the beat that was seen to lead last.
        self._leaders: dict[str, str] = {}
        self._runs = _counter(RUNS)
        self._duration = _histogram(DURATION, TOOK)
        self._lateness = _histogram(LATENESS, WAITED)
        self._waiting = _histogram(WAITING, WAITED)
        self._changes = _counter(CHANGES)
        self._tally = Tally(self._note)

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked before somebody asks us."""
        return ()

    def collect(self) -> Iterator[Metric]:
        # Two may ask at once.
        with self._lock:
            status = status_of(self._settings, self._clock)
            has_counted = self._count(status.now)
            if status.redis:
                self._follow_the_lead(status.redis)
            yield from _gauges(self._samples(status, has_counted=has_counted))
        for tallied in (
            self._runs,
            self._duration,
            self._lateness,
            self._waiting,
            self._changes,
        ):
            yield from tallied.collect()

    def _samples(self, status: Status, *, has_counted: bool) -> Iterator[tuple[str, list[Sample]]]:
        yield (
            "up",
            [
                (("redis",), status.redis is not None),
                (("database",), status.record is not None),
            ],
        )
        if status.redis or status.record:
            targets = [hold.target for hold in status.holds]
            yield "held", [((), EVERYTHING in targets)]
            yield "held_entries", [((), len(targets) - targets.count(EVERYTHING))]
        if status.redis and status.record:
            yield "driven_by_cron", [((), status.driven is not None)]
        if status.redis:
            yield from of_redis(status.redis)
        if status.record:
            yield from of_record(status.record)
        if has_counted:
            states = CounterOf(run.state for run in self._tally.open)
            open_states = (RunState.RUNNING, RunState.WAITING)
            yield "runs_open", [((str(state),), states[state]) for state in open_states]

    def _count(self, now: datetime) -> bool:
        """Look for runs that ended; whether the record could be asked."""
        try:
            if self._engine is None:
                self._engine = make_engine(self._settings.database_url.get_secret_value())
            with make_readers(self._engine)() as session:
                self._tally.look(session, now)
        except (SQLAlchemyError, StoreError):
            return False
        return True

    def _note(self, run: Seen) -> None:
        self._runs.labels(run.queue, str(run.outcome)).inc()
        if not run.attempt:
            return
        if run.finished_at:
            self._duration.labels(run.queue).observe(_seconds(run.finished_at - run.started_at))
        if run.queued_at and run.trigger is Trigger.SCHEDULE:
            self._lateness.labels(run.queue).observe(_seconds(run.queued_at - run.due_at))
        if run.queued_at and run.attempt == 1:
            self._waiting.labels(run.queue).observe(_seconds(run.started_at - run.queued_at))

    def _follow_the_lead(self, redis: InRedis) -> None:
        for sight in redis.clocks:
            changes = self._changes.labels(sight.clock)
            if sight.leader is None:
                continue
            if sight.leader.id != self._leaders.setdefault(sight.clock, sight.leader.id):
                changes.inc()
            self._leaders[sight.clock] = sight.leader.id


def of_redis(redis: InRedis) -> Iterator[tuple[str, list[Sample]]]:
    """What only Redis knows."""
    yield from _of_clocks({sight.clock: sight for sight in redis.clocks})
    alive = [worker for worker in redis.workers if worker.is_alive]
    yield "workers", [(("alive",), len(alive)), (("silent",), len(redis.workers) - len(alive))]
    yield "worker_slots", [((worker.name,), worker.card.slots) for worker in alive]
    yield "worker_busy", [((worker.name,), worker.card.busy) for worker in alive]
    yield (
        "clock_offset_seconds",
        [
            *(
                ((f"beat {beat.id}",), beat.card.offset)
                for sight in redis.clocks
                for beat in sight.beats
            ),
            *(((f"worker {worker.name}",), worker.card.offset) for worker in alive),
        ],
    )
    yield "queue_depth", [((queue.name,), queue.depth) for queue in redis.queues]
    yield (
        "queue_oldest_seconds",
        [((queue.name,), _seconds(queue.age or timedelta(0))) for queue in redis.queues],
    )
    yield "queue_workers", [((queue.name,), len(queue.workers)) for queue in redis.queues]


def _of_clocks(sights: Mapping[str, Sight]) -> Iterator[tuple[str, list[Sample]]]:
    """Of each clock who leads it, and how far it is."""
    yield "leader", [((name,), sight.leader is not None) for name, sight in sights.items()]
    yield (
        "leader_since_seconds",
        [
            ((name,), sight.since.timestamp())
            for name, sight in sights.items()
            if sight.leader and sight.since
        ],
    )
    yield (
        "beats",
        [
            sample
            for name, sight in sights.items()
            for sample in (
                ((name, "leader"), sight.leader is not None),
                ((name, "standby"), len(sight.standing_by)),
                ((name, "silent"), len(sight.beats) - len(sight.living)),
            )
        ],
    )
    debts = ((name, sight.debt) for name, sight in sights.items() if sight.debt is not None)
    yield (
        "scheduling_debt_seconds",
        [((name,), _seconds(debt)) for name, debt in debts],
    )
    passed = ((name, sight.now - sight.cursor) for name, sight in sights.items() if sight.cursor)
    yield "last_pass_seconds", [((name,), _seconds(age)) for name, age in passed]
    yield "owing_entries", [((name,), len(sight.owing)) for name, sight in sights.items()]
    yield "journal_lines", [((name,), sight.journal) for name, sight in sights.items()]


def of_record(record: OnRecord) -> Iterator[tuple[str, list[Sample]]]:
    """What only the record knows."""
    kinds = CounterOf(str(incident.kind) for incident in record.incidents)
    yield "features_off", [((), len(record.features_off))]
    yield "entries_failing", [((), len(record.failing))]
    yield "entry_failing", [((each.entry,), 1) for each in record.failing]
    yield "missed_24h", [((), sum(each.count for each in record.missed))]
    yield "incidents", [((kind,), kinds[kind]) for kind in map(str, IncidentKind)]


def registry_of(settings: Settings, clock: Clock) -> CollectorRegistry:
    """A registry with these numbers and no others."""
    registry = CollectorRegistry()
    registry.register(Numbers(settings, clock))
    return registry


def _gauges(found: Iterable[tuple[str, list[Sample]]]) -> Iterator[Metric]:
    for name, samples in found:
        said = GAUGES[name]
        family = GaugeMetricFamily(named(name), said.words, labels=said.labels)
        for labels, number in samples:
            family.add_metric(labels, float(number))
        yield family


def _counter(name: str) -> Counter:
    said = TALLIES[name]
    return Counter(named(name), said.words, said.labels, registry=None)


def _histogram(name: str, buckets: Sequence[float]) -> Histogram:
    said = TALLIES[name]
    return Histogram(named(name), said.words, said.labels, registry=None, buckets=buckets)


def _seconds(span: timedelta) -> float:
    """Never less than nothing: clocks are a little apart."""
    return max(span.total_seconds(), 0.0)
