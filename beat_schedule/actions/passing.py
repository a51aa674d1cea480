"""A pass for somebody who has no beat, and the runs that it leaves to whoever made it."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from celery import Celery
from sqlalchemy.orm import Session

from beat_schedule.apps import maker_of
from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING, Decision
from beat_schedule.dispatch.errand import Here, Job
from beat_schedule.dispatch.errors import DoubtError, NotLeaderError, WentBackError
from beat_schedule.dispatch.one_pass import Made, OnePass
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError
from beat_schedule.runs.inline import StoppedError, carry_out_due, worker_inline
from beat_schedule.runs.process import Process
from beat_schedule.runs.verdict import Verdict
from beat_schedule.settings import Settings
from beat_schedule.store.asking import asked
from beat_schedule.store.audit import Noted, note, noted
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

from .reaching import told

#: The event whose entries are due at each pass.
ALWAYS = "always"

#: By what it is made, as the record says it.
BY = "run-due"


class PassError(HookbeatError):
    """No pass could be made now; what is due stays due."""


def passes(
    app: Celery,
    settings: Settings,
    entries: Mapping[str, PeriodicEntry],
    declared: Collection[Entry],
    *,
    by: str,
    only: Collection[str] | None = None,
    inline: bool = False,
) -> Iterator[Made]:
    """Decide what is due in `entries`, as a beat has them; `declared` are those of ours.

    With `inline` the jobs of what is yielded are the caller's, else workers'. While due times of
    then wait for one of those jobs (`overlap: queue`) there is another pass, over those alone.
    Raises PassError, BrokerError where Redis cannot be reached, and StoreError where the record
    cannot.
    """
    made = _pass(app, settings, entries, declared, by=by, only=only, inline=inline)
    began = made.at
    yield made
    while waits := _waiting(made, began):
        made = _pass(app, settings, entries, declared, by=by, only=waits, inline=inline)
        yield made


def _waiting(made: Made, began: datetime) -> set[str]:
    """What was due by then, and could not be decided while a run of the last pass was to come."""
    ran = {job.entry.key for job in made.jobs}
    return {key for key, owing in made.owing.items() if key in ran and owing.due_at <= began}


def _pass(
    app: Celery,
    settings: Settings,
    entries: Mapping[str, PeriodicEntry],
    declared: Collection[Entry],
    *,
    by: str,
    only: Collection[str] | None,
    inline: bool,
) -> Made:
    engine = make_engine(settings.database_url.get_secret_value())
    sessions = make_sessions(engine)
    one = OnePass(
        app,
        entries,
        Journal(sessions),
        SystemClock(),
        by=by,
        always={entry.key for entry in declared if entry.event == ALWAYS},
        only=only,
        here=Here() if inline else None,
        make=maker_of(app),
    )
    try:
        with told(settings):
            made = one.make()
        if made.decided or made.jobs:
            _note(sessions, made, by=by, only=only, inline=inline)
    except (DoubtError, NotLeaderError, WentBackError) as withheld:
        raise PassError(f"no pass was made, what is due stays due: {withheld}") from withheld
    finally:
        engine.dispose()
    return made


def last_noted(session: Session) -> Noted | None:
    """The last pass without a beat over everything that decided something, and who made it."""
    return next(iter(noted(session, EVERYTHING, by=BY, most=1)), None)


def by_hand(entry: PeriodicEntry, now: datetime, *, force: bool) -> Job:
    """A run of its own for `carry_out`, due or not; it is no due time of the entry."""
    return Job(
        run=uuid.uuid4(),
        entry=entry,
        due_at=now,
        args=list(entry.args),
        kwargs=dict(entry.kwargs),
        trigger=Trigger.MANUAL,
        forced=force,
    )


def carry_out(app: Celery, process: Process, job: Job) -> Verdict | None:
    """Carry a run out here; what the task raises is in the record, and stops nothing.

    None where the record alone tells how it ended. Raises StoppedError when a signal ended it.
    """
    process.named.learn(job.entry.key, str(job.entry.task), job.entry.told)
    opening = _opening(process, job)
    options = job.entry.options
    soft_limit = options.get("soft_time_limit") or process.time_limits(opening.queue)[1]
    try:
        return carry_out_due(app, process, opening, soft_limit or 0.0)
    except StoppedError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001 -- the record has it, and the next must go on
        return None


def _note(
    sessions: Sessions, made: Made, *, by: str, only: Collection[str] | None, inline: bool
) -> None:
    """Who passed, and what came of it; a pass that found nothing due leaves only the cursor."""
    decided = sum(each.count for each in made.decided)
    sent = sum(each.decision is Decision.SENT for each in made.decided)
    with asked(sessions) as session:
        note(
            session,
            at=made.at,
            who=by,
            by=BY,
            action="pass",
            target=EVERYTHING if only is None else ", ".join(sorted(only)),
            after={"decided": decided, "sent": sent, "inline": inline, "runs": len(made.jobs)},
        )


def _opening(process: Process, job: Job) -> Opening:
    entry, policy = process.named.get(job.entry.key), job.entry.policy
    is_scheduled, now = job.trigger == Trigger.SCHEDULE, process.clock.now()
    return Opening(
        run_id=job.run,
        token=uuid.uuid4(),
        entry=job.entry.key,
        task=str(job.entry.task),
        due_at=job.due_at,
        trigger=Trigger(job.trigger),
        queue=str(job.entry.options.get("queue") or ""),
        worker=worker_inline(),
        started_at=now,
        queued_at=now,
        attempt=job.attempt,
        args=tuple(job.args),
        kwargs=dict(job.kwargs),
        overlap=policy.overlap,
        expires_at=policy.expires_at(job.due_at) if is_scheduled else None,
        forced=job.forced,
        reruns=entry.run_policy.reruns if entry else 0,
    )
