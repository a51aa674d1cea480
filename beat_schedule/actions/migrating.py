"""Whether anything still runs, or is to: what a migration has to wait for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from celery import Celery
from sqlalchemy.orm import Session

from beat_schedule.apps import process_of
from beat_schedule.brokers import told
from beat_schedule.clock import Clock
from beat_schedule.decisions import EVERYTHING, Hold, hold_of, in_force
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.operator import Operator
from beat_schedule.entries import by_every_name
from beat_schedule.runs.inline import INLINE
from beat_schedule.settings import Settings
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord, latest_runs
from beat_schedule.store.unstarted import UnstartedRun, unstarted_runs

from .reaching import TRANSPORT_OPTIONS

#: Seconds between two looks.
PAUSE = 1.0

#: A message on its way from its queue to its run is in neither for a moment: look so often.
LOOKS = 2

#: Runs that are named; nobody has more of them under way.
MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What has begun or is to begin, as of one moment."""

    running: Sequence[RunRecord]
    #: For their next attempt, or for another run of their entry to end.
    waiting: Sequence[RunRecord]
    #: Runs that were sent and have not started.
    awaited: Sequence[UnstartedRun]
    #: Entries of those that no beat stands for: nobody sends them again.
    gone: Collection[str]
    #: By queue, messages that no worker has taken; of any task, also of plain Celery calls.
    queued: Mapping[str, int]
    #: Messages that workers have taken for other tasks than the runs above.
    in_hand: int
    #: What holds everything; without it more becomes due.
    held: Hold | None

    @property
    def is_over(self) -> bool:
        return not (self.running or self.waiting or self.awaited or self.queued or self.in_hand)


def pending(app: Celery, settings: Settings, session: Session) -> Pending:
    """Look at queues, workers' hands and record, in this order: the way that a run takes.

    Raises BrokerError while Redis is away, and what SQLAlchemy raises.
    """
    with told(settings):
        publisher = Publisher(app, TRANSPORT_OPTIONS)
        try:
            queued = {name: publisher.queued(name) for name in _queues(app, settings)}
            taken = publisher.taken()
            operator = Operator(publisher.redis, publisher.prefix)
            sight = operator.look()
            running = latest_runs(session, endings=[RunState.RUNNING], limit=MOST)
            waiting = latest_runs(session, endings=[RunState.WAITING], limit=MOST)
            awaited = unstarted_runs(session, MOST)
            gone = _gone(app, operator, {each.entry for each in awaited})
        finally:
            publisher.close()
    by_workers = sum(not run.worker.startswith(INLINE) for run in running)
    return Pending(
        running=running,
        waiting=[run for run in waiting if not run.is_queued],
        awaited=awaited,
        gone=gone,
        queued={name: count for name, count in queued.items() if count},
        in_hand=max(taken - by_workers, 0),
        held=hold_of(in_force(sight.holds, sight.now), EVERYTHING),
    )


def until_nothing_is_pending(
    look: Callable[[], Pending],
    clock: Clock,
    within: timedelta | None = None,
    tell: Callable[[Pending], object] = lambda _: None,
) -> Pending:
    """Look until nothing is, twice in a row, or the time is over; what was seen last.

    Without a time the first look that finds something is the last. `tell` gets each such look.
    """
    end = clock.monotonic() + (within.total_seconds() if within else 0)
    looks = 0
    while True:
        seen = look()
        looks = looks + 1 if seen.is_over else 0
        if looks == LOOKS:
            return seen
        if not seen.is_over:
            tell(seen)
            if clock.monotonic() >= end:
                return seen
        clock.sleep(PAUSE)


def _gone(app: Celery, operator: Operator, entries: set[str]) -> set[str]:
    """Those that no beat stands for, nor will by the code that is here."""
    unknown = entries - by_every_name(process_of(app).entries.values()).keys()
    return operator.gone(sorted(unknown)) if unknown else set()


def _queues(app: Celery, settings: Settings) -> list[str]:
    return sorted({*app.amqp.queues, *settings.queue_timeouts})
