"""One glance: is the scheduler alive and on time, what failed or was missed, what waits."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from beat_schedule.actions.health import Health, health_of
from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.clock import Clock
from beat_schedule.decisions import EVERYTHING, Hold, in_force
from beat_schedule.dispatch.operator import Operator, Sight
from beat_schedule.errors import BrokerError, Problem, StoreError
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.settings import Settings
from beat_schedule.store.glance import (
    Failing,
    Gone,
    Missed,
    Passed,
    SwitchedOff,
    glance_at,
    none_gone,
)
from beat_schedule.times import TIME, shown
from beat_schedule.workers import SeenWorker, Workers

from .leading import obstacles
from .queues import Queue, queues_of

#: Entries whose last run failed longer ago are nobody's business tonight.
FAILED_WITHIN = timedelta(days=90)
MISSED_WITHIN = timedelta(days=1)

#: A message that waits for so long waits for a worker, and not just for its turn.
TOO_OLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class InRedis:
    """What Redis knows."""

    sight: Sight
    #: Of the other clocks.
    others: Sequence[Sight] = ()
    workers: Sequence[SeenWorker]
    queues: Sequence[Queue]

    @property
    def has_beats(self) -> bool:
        """Whether there is any, or one that was killed still holds a lease."""
        return any(each.beats or each.owner for each in (self.sight, *self.others))

    @property
    def clocks(self) -> Sequence[Sight]:
        """Every clock that is used; where there are others, the common one may not be."""
        is_used = self.sight.beats or self.sight.cursor or not self.others
        return [self.sight, *self.others] if is_used else self.others

    @property
    def debt(self) -> timedelta | None:
        """How old the oldest due time may be that is not decided; None before the first pass."""
        return max((each.debt for each in self.clocks if each.debt is not None), default=None)

    @property
    def cursor(self) -> datetime | None:
        """Up to where every clock was looked at that ever was."""
        return min((each.cursor for each in self.clocks if each.cursor), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What the record knows."""

    holds: Sequence[Hold]
    failing: Sequence[Failing]
    #: Within a day.
    missed: Sequence[Missed]
    #: Those that are not over.
    incidents: Sequence[Incident]
    features_off: Sequence[SwitchedOff]
    #: The last pass without a beat that decided something.
    passed: Passed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What could be learned; `away` says of each that could not be asked why."""

    now: datetime
    redis: InRedis | None
    record: OnRecord | None
    away: Sequence[str] = ()
    #: Of an installation without a beat, whose passes `run-due` makes.
    driven: Health | None = None

    @property
    def holds(self) -> Sequence[Hold]:
        """Those in force: Redis has the copy that counts."""
        known = self.redis.sight.holds if self.redis else self.record.holds if self.record else ()
        return in_force(known, self.now)

    def _cost(self, away: str) -> str:
        """What stands still while that one is away."""
        if self.redis is None and away == self.away[0]:
            return "until it answers nothing is sent, and what is due is owed"
        return "until it answers no run starts, and decisions wait in Redis"

    def problems(self) -> list[Problem]:
        """Everything that somebody should look at, with what to do."""
        return [
            *(Problem("reach", each.partition("\n")[0], self._cost(each)) for each in self.away),
            *(_in_redis(self.redis, self.driven) if self.redis else ()),
            *_held(self.holds),
            *(_on_record(self.record) if self.record else ()),
        ]


def status_of(settings: Settings, clock: Clock) -> Status:
    """Ask Redis and the record; what does not answer is left out, and said to be away."""
    away = []
    redis, record = None, None
    try:
        redis = in_redis(settings)
    except BrokerError as error:
        away.append(str(error))
    now = redis.sight.now if redis else clock.now()
    try:
        record = on_record(settings, now, partial(_gone, settings) if redis else none_gone)
    except StoreError as error:
        away.append(str(error))
    driven = None
    if redis and record and record.passed and not redis.has_beats:
        driven = health_of(redis.cursor, now, settings)
    return Status(now=now, redis=redis, record=record, away=away, driven=driven)


def in_redis(settings: Settings) -> InRedis:
    """Raises BrokerError where Redis does not answer."""
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        operator = Operator(client, settings.prefix)
        sight, others = operator.look(), operator.look_at_others()
        workers = Workers(client, settings.prefix).seen()
        # A clock's queue has its name, and is no less there while no worker takes it.
        names = [*settings.queue_timeouts, *(each.clock for each in others)]
        queues = queues_of(client, settings.prefix, names, workers, sight.now)
        return InRedis(sight=sight, others=others, workers=workers, queues=queues)


def _gone(settings: Settings, entries: Sequence[str]) -> Collection[str]:
    try:
        with told(settings), client_of(settings, timeout=PATIENCE) as client:
            return Operator(client, settings.prefix).gone(entries)
    except BrokerError:
        return ()


def on_record(settings: Settings, now: datetime, gone: Gone) -> OnRecord:
    """Raises StoreError where the database does not answer, or lacks tables."""
    with glance_at(settings) as record:
        return OnRecord(
            holds=record.holds(),
            failing=record.failing(now - FAILED_WITHIN, gone),
            missed=record.missed(now - MISSED_WITHIN),
            incidents=record.incidents(),
            features_off=record.features_off(),
            passed=record.last_pass(),
        )


def _in_redis(redis: InRedis, driven: Health | None) -> Iterator[Problem]:
    if driven is None:
        for sight in redis.clocks:
            yield from obstacles(sight)
    elif driven.is_bad and driven.passed_at:
        reason = f"the last pass was made at {shown(driven.passed_at)}"
        cure = "see whether cron still calls `hookbeat run-due`, or start a beat"
        yield Problem("cursor", reason, cure)
    alive = [worker for worker in redis.workers if worker.is_alive]
    # Whoever makes passes by hand may carry out himself what he decides.
    if not alive and driven is None:
        yield Problem("workers", "no worker shows itself", "start one (`celery -A APP worker`)")
    for worker in redis.workers:
        if not worker.is_alive:
            cure = "look whether it runs and reaches Redis; its runs are taken over"
            since = shown(worker.at, TIME)
            yield Problem("workers", f"{worker.name} is silent since {since}", cure)
    for queue in redis.queues:
        waiting = f"{queue.depth} waiting"
        if queue.is_stranded and (alive or driven):
            cure = f"start a worker for it (`celery -A APP worker -Q {queue.name}`)"
            yield Problem(f"queue {queue.name}", f"{waiting}, and no worker takes it", cure)
        elif queue.workers and queue.age and queue.age > TOO_OLD:
            age = timedelta(seconds=queue.age // timedelta(seconds=1))
            cure = "start more workers, or see what keeps these busy (`hookbeat runs`)"
            yield Problem(f"queue {queue.name}", f"{waiting}, the oldest for {age}", cure)


def _held(holds: Sequence[Hold]) -> Iterator[Problem]:
    for hold in holds:
        if hold.target == EVERYTHING:
            why = f": {hold.why}" if hold.why else ""
            cure = "`hookbeat scheduler status` says what lets it go"
            yield Problem("scheduler", f"everything is held by {hold.by}{why}", cure)


def _on_record(record: OnRecord) -> Iterator[Problem]:
    for each in record.failing:
        cure = f"hookbeat logs {str(each.last.run)[:8]}"
        yield Problem(each.entry, f"its last run failed: {_first_line(each.last.reason)}", cure)
    for gone in record.missed:
        times = "a due time was" if gone.count == 1 else f"{gone.count} due times were"
        reason = f"{times} missed in 24 h: {_first_line(gone.reason)}"
        yield Problem(gone.entry, reason, f"hookbeat why {gone.entry}")
    for incident in record.incidents:
        # Of what is failing the last run has been told.
        if incident.kind is not IncidentKind.FAILING:
            reason = f"{incident.kind}: {_first_line(incident.reason)}"
            yield Problem(incident.entry, reason, "hookbeat incidents")


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
