"""A pass for somebody who has no beat, and the runs that it leaves to whoever made it."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from celery import Celery

from beat_schedule.apps import maker_of, process_of, unread_of
from beat_schedule.brokers import told
from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING, Decision
from beat_schedule.dispatch.errand import Here, Job
from beat_schedule.dispatch.errors import DoubtError, NotLeaderError, WentBackError
from beat_schedule.dispatch.one_pass import Made, OnePass
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.watch import Watch
from beat_schedule.errors import HookbeatError
from beat_schedule.keys import MAIN
from beat_schedule.runs.inline import StoppedError, carry_out_due, worker_inline
from beat_schedule.runs.process import Process
from beat_schedule.runs.verdict import Verdict
from beat_schedule.settings import Settings
from beat_schedule.store.asking import asked
from beat_schedule.store.audit import CHANGES_NOTHING, RUN_DUE, note
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

#: The event whose entries are due at each pass.
ALWAYS = "always"

#: By clock, the entries that a beat would decide.
Shares: TypeAlias = Mapping[str, Mapping[str, PeriodicEntry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked of passes."""

    #: Whoever makes them.
    by: str
    #: The only entries that are decided; None for all.
    only: Collection[str] | None = None
    #: Whether what is decided is carried out by whoever makes them.
    inline: bool = False
    #: By clock, whom to watch meanwhile, and whom to tell.
    watches: Mapping[str, Watch] = field(default_factory=dict)

    def concern(self, clock: str, shares: Shares) -> bool:
        """Whether anything of that clock is to be decided."""
        if self.only is None:
            return True
        if clock != MAIN:
            return not shares[clock].keys().isdisjoint(self.only)
        # What operators made is in no clock.
        elsewhere = {key for other, own in shares.items() if other != MAIN for key in own}
        return not elsewhere.issuperset(self.only)


class PassError(HookbeatError):
    """No pass could be made now; what is due stays due."""


def passes(app: Celery, settings: Settings, shares: Shares, terms: Terms) -> Iterator[Made]:
    """Decide what is due, a pass for each clock; then what waited for a run of that pass.

    On the terms of carrying out here the jobs of what is yielded are the caller's, else workers'.
    While due times of then wait for one of those jobs (`overlap: queue`) there is another pass,
    over those alone. Raises PassError, BrokerError where Redis cannot be reached, and StoreError
    where the record cannot.
    """
    first = {
        clock: _pass(app, settings, shares, clock, terms)
        for clock in shares
        if terms.concern(clock, shares)
    }
    yield from first.values()
    for clock, made in first.items():
        last = made
        while waits := _waiting(last, made.at):
            last = _pass(app, settings, shares, clock, replace(terms, only=waits))
            yield last


def _waiting(made: Made, began: datetime) -> set[str]:
    """What was due by then, and could not be decided while a run of the last pass was to come."""
    ran = {job.entry.key for job in made.jobs}
    return {key for key, owing in made.owing.items() if key in ran and owing.due_at <= began}


def _pass(app: Celery, settings: Settings, shares: Shares, clock: str, terms: Terms) -> Made:
    engine = make_engine(settings.database_url.get_secret_value())
    sessions = make_sessions(engine)
    declared = process_of(app).entries
    one = OnePass(
        app,
        shares[clock],
        Journal(sessions, clock),
        SystemClock(),
        by=terms.by,
        group=clock,
        others=declared.keys() - shares[clock].keys(),
        always={key for key, entry in declared.items() if entry.event == ALWAYS},
        only=terms.only,
        here=Here() if terms.inline else None,
        make=maker_of(app),
        unread=unread_of(app),
        # A pass over some entries says nothing of the others.
        watch=terms.watches.get(clock) if terms.only is None else None,
    )
    try:
        with told(settings):
            made = one.make()
        if made.decided or made.jobs:
            _note(sessions, made, terms)
    except (DoubtError, NotLeaderError, WentBackError) as withheld:
        raise PassError(f"no pass was made, what is due stays due: {withheld}") from withheld
    finally:
        engine.dispose()
    return made


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


def _note(sessions: Sessions, made: Made, terms: Terms) -> None:
    """Who passed, and what came of it; a pass that found nothing due leaves only the cursor."""
    with asked(sessions) as session:
        note(
            session,
            at=made.at,
            who=terms.by,
            by=RUN_DUE,
            action=CHANGES_NOTHING,
            target=EVERYTHING if terms.only is None else ", ".join(sorted(terms.only)),
            after={
                "clock": made.clock,
                "decided": sum(each.count for each in made.decided),
                "sent": sum(each.decision is Decision.SENT for each in made.decided),
                "inline": terms.inline,
                "runs": len(made.jobs),
            },
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
