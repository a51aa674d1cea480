"""Whether what is due finds a worker, and what was begun goes on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from beat_schedule.decisions import Hold, HoldKind
from beat_schedule.dispatch.operator import Sight
from beat_schedule.entries import Entry
from beat_schedule.errors import Problem
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings
from beat_schedule.store.stuck import forgotten, overlong, unstarted
from beat_schedule.times import MINUTES, shown
from beat_schedule.translate.periodic import GRACE
from beat_schedule.workers import SeenWorker, taken_by

#: What waits for so long is not just about to go on.
LATE = timedelta(minutes=5)

#: A pause without an end that is so old was perhaps forgotten.
FORGOTTEN = timedelta(days=1)


def unserved(entries: Sequence[Entry], workers: Sequence[SeenWorker]) -> Iterator[Problem]:
    """Queues that have entries and no living worker; where none lives at all that is said once."""
    taken = taken_by(workers)
    if not taken:
        return
    wanted = Counter(entry.queue for entry in entries if entry.queue not in taken)
    for queue, count in sorted(wanted.items()):
        has = "entry waits" if count == 1 else "entries wait"
        cure = f"start one (`celery -A APP worker -Q {queue}`)"
        yield Problem(f"queue {queue}", f"no worker takes it, and {count} {has} for one", cure)


def beats_that_differ(sight: Sight) -> Iterator[Problem]:
    """Beats of a clock that could not take the lead if they had to."""
    of = "" if sight.clock == MAIN else f"clock {sight.clock}: "
    for beat in sight.living:
        if beat.generation != sight.generation:
            yield Problem(
                "beats",
                f"{of}{beat.id} declares other entries than those in force",
                "give it the same hooks and time zone data as the others, and restart it",
            )
    if len(sight.living) == 1:
        yield Problem("beats", f"{of}nobody stands by", "start a second beat, on another machine")


def owed(sight: Sight) -> Iterator[Problem]:
    """Due times that wait for long to be decided."""
    for entry, owing in sight.owing.items():
        if sight.now - owing.due_at > LATE:
            reason = f"it is owed since {shown(owing.due_at)}: {owing.why}"
            yield Problem(entry, reason, f"hookbeat why {entry}")


def stuck(
    session: Session, settings: Settings, entries: Sequence[Entry], now: datetime
) -> Iterator[Problem]:
    """Runs that should have gone on, or ended, long ago."""
    queues = settings.queue_timeouts
    longest = max(queues.values())
    limits = {
        entry.key: (entry.timeout or queues.get(entry.queue, longest)) + 2 * GRACE
        for entry in entries
    }
    for run in overlong(session, now, limits, longest + 2 * GRACE):
        yield Problem(
            run.entry,
            f"run {_short(run.run)} on {run.worker} is under way since "
            f"{shown(run.since)}, longer than it may",
            f"hookbeat cancel {_short(run.run)} --why …; only -P prefork ends such runs by itself",
        )
    for run in forgotten(session, now - LATE):
        yield Problem(
            run.entry,
            f"run {_short(run.run)} might have gone on at {shown(run.since)}",
            f"see whether a worker takes the queue {run.queue}, and a beat leads",
        )
    for sent in unstarted(session, now - LATE):
        runs = "run was" if sent.count == 1 else "runs were"
        yield Problem(
            f"queue {sent.queue}",
            f"{sent.count} {runs} sent and not started, the oldest at {shown(sent.since)}",
            f"see whether a worker takes it and knows the task (`celery -A APP worker "
            f"-Q {sent.queue}`)",
        )


def perhaps_forgotten(holds: Sequence[Hold], now: datetime) -> Iterator[Problem]:
    """What is paused for long, without an end."""
    for hold in holds:
        if hold.kind is HoldKind.PAUSED and hold.until is None and now - hold.since > FORGOTTEN:
            why = f": {hold.why}" if hold.why else ""
            target = "" if hold.target == "*" else f" {hold.target}"
            yield Problem(
                "scheduler" if hold.target == "*" else hold.target,
                f"paused by {hold.by} since {shown(hold.since, MINUTES)}{why}",
                f"hookbeat {'resume' if target else 'scheduler resume'}{target}, or give the pause "
                "an end (--until)",
            )


def _short(run: object) -> str:
    return str(run)[:8]
