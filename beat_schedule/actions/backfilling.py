"""Runs of due times that are past, sent one after the other, each once."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from celery import Celery
from sqlalchemy import select

from beat_schedule.clock import Clock
from beat_schedule.decisions import Hold
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.operator import Asked, Operator
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.entries import Entry, backfill_id
from beat_schedule.settings import Settings
from beat_schedule.store.asking import asked
from beat_schedule.store.awaiting import await_start
from beat_schedule.store.engine import Sessions, engine_of, make_sessions
from beat_schedule.store.models import Run
from beat_schedule.store.occurrences import chunks
from beat_schedule.store.reading import reader_of

from .queued import messages_in
from .running import opening_by_hand, publisher_of

#: Due times of one call.
MOST = 10_000

#: Seconds between two looks at a run that is in the way.
LOOK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast runs are sent."""

    per_minute: int
    #: How long a run of the entry may be in the way.
    patience: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What became of the due times."""

    sent: int = 0
    #: They had been sent before.
    known: int = 0
    left: int = 0
    #: What ended it.
    held: Hold | None = None
    #: The run of the entry that was in the way for too long.
    overlap: str = ""


def past_due(entry: Entry, since: datetime, until: datetime) -> list[datetime]:
    """Its due times in [since, until): at most 10,001, which is one more than a call takes."""
    just_before = timedelta(microseconds=1)
    due = entry.schedule.between(since - just_before, until - just_before)
    return list(islice(due, MOST + 1))


def backfill(  # noqa: PLR0917 -- all of them always
    app: Celery,
    settings: Settings,
    entry: Entry,
    due: Sequence[datetime],
    pace: Pace,
    clock: Clock,
    tell: Callable[[Backfilled], object],
) -> Backfilled:
    """Send a run for each, but for those that were sent before; `tell` hears of each that goes.

    Each has its row from then on, so that the leader sends it again if its message is lost. Raises
    StoreError and BrokerError; what was sent till then is not sent again.
    """
    runs = {backfill_id(entry.key, due_at): due_at for due_at in due}
    known = _on_record(settings, runs)
    periodic = PeriodicEntry.of(app, entry)
    with publisher_of(app, settings) as publisher, engine_of(settings) as engine:
        sending = _Sending(publisher, periodic, entry, make_sessions(engine))
        queued = messages_in(publisher.redis, publisher.prefix, [entry.queue])
        known |= {message.run for message in queued if message.run in runs}
        missing = [run for run in runs if run not in known]
        done = Backfilled(known=len(known), left=len(missing))
        for run in missing:
            if done.sent:
                clock.sleep(60 / pace.per_minute)
            send = partial(sending.send, run, runs[run])
            asked = _once_it_may(send, pace.patience, clock)
            if asked.held or asked.overlap:
                return replace(done, held=asked.held, overlap=asked.overlap)
            done = replace(done, sent=done.sent + 1, left=done.left - 1)
            tell(done)
    return done


@dataclass(frozen=True, slots=True)
class _Sending:
    """Sends runs of one entry."""

    publisher: Publisher
    periodic: PeriodicEntry
    entry: Entry
    sessions: Sessions

    def send(self, run: uuid.UUID, due_at: datetime) -> Asked:
        operator = Operator(self.publisher.redis, self.publisher.prefix)
        now, key, policy = operator.now(), self.periodic.key, self.periodic.policy
        message = self.publisher.message(self.periodic, due_at, now, run=run, trigger="manual")
        answer = operator.send(key, str(run), policy, message.pushes, force=False)
        if not (answer.held or answer.overlap):
            message.went_out()
            opening = opening_by_hand(self.entry, run, message, due_at=due_at, now=now)
            with asked(self.sessions) as session:
                await_start(session, opening)
        return answer


def _once_it_may(send: Callable[[], Asked], patience: timedelta, clock: Clock) -> Asked:
    """Try until no run is in the way, or the patience is over."""
    end = clock.monotonic() + patience.total_seconds()
    while (asked := send()).overlap and clock.monotonic() < end:
        clock.sleep(LOOK)
    return asked


def _on_record(settings: Settings, runs: dict[uuid.UUID, datetime]) -> set[uuid.UUID]:
    with reader_of(settings) as session:
        return {
            run
            for some in chunks(list(runs))
            for run in session.scalars(select(Run.id).where(Run.id.in_(some)))
        }
