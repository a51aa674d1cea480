"""Ending a run that nobody wants any more: in the record first, then in its worker."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from celery import Celery
from sqlalchemy.orm import Session

from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.clock import Clock, from_millis, to_millis
from beat_schedule.decisions import is_drawn
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, NotFoundError
from beat_schedule.keys import MAIN, Keys
from beat_schedule.settings import Settings
from beat_schedule.store.cancelling import Cancelled, NotStarted, Over, cancel, cancel_unstarted
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import RunState, Trigger
from beat_schedule.store.record import ids_named, run_named, sent_named
from beat_schedule.tokens import Tokens

from .finding import find_entry

#: Seconds for which a worker may answer that it was told.
ANSWER = 2.0


@dataclass(frozen=True, slots=True)
class Stopping:
    """Whether the worker of a running run was told to end it."""

    is_told: bool
    #: What the worker said, or why it could not be told.
    words: str


def cancel_run(
    sessions: Sessions,
    settings: Settings,
    entries: Iterable[Entry],
    name: str,
    *,
    by: str,
    why: str,
    clock: Clock,
) -> Cancelled | Over:
    """End the run whose id begins so, wherever it is; raises NotFoundError if nobody knows it.

    A run that was asked for by hand while the record was away is known by its token in Redis alone
    until it starts: it is found there if its entry's runs may not overlap.
    """
    now, entries = clock.now(), tuple(entries)
    with sessions.begin() as session:
        meant = _meant(session, settings, entries, name, now)
        if isinstance(meant, NotStarted):
            done: Cancelled | Over | None = cancel_unstarted(
                session, meant, by=by, why=why, now=now
            )
        else:
            done = cancel(session, meant, by=by, why=why, now=now)
    if done is None:
        raise NotFoundError(f"run {meant} is not on record any more")
    if isinstance(done, Cancelled):
        clocks = {entry.key: entry.clock for entry in entries}
        _give_back_its_token(settings, done, clocks.get(done.entry, MAIN))
    return done


def stop_worker(app: Callable[[], Celery], settings: Settings, done: Cancelled) -> Stopping | None:
    """Tell the worker that carries it out to end its process; None if none does.

    What it does until then outside the database cannot be taken back.
    """
    if done.was is not RunState.RUNNING:
        return None
    if not done.celery_id:
        return Stopping(is_told=False, words="it runs outside of any Celery worker")
    try:
        with told(settings):
            answers = app().control.revoke(
                done.celery_id,
                terminate=True,
                destination=[done.worker],
                reply=True,
                timeout=ANSWER,
            )
    except BrokerError as away:
        return Stopping(is_told=False, words=str(away))
    said = [said for answer in answers or [] for said in answer.values()]
    if not said:
        return Stopping(is_told=False, words=f"{done.worker} did not answer")
    words = next((str(each["ok"]) for each in said if "ok" in each), str(said[0]))
    return Stopping(is_told=any("ok" in each for each in said), words=words)


def _meant(
    session: Session, settings: Settings, entries: Sequence[Entry], name: str, now: datetime
) -> uuid.UUID | NotStarted:
    """The run that is on record, or what was sent and has no row yet."""
    try:
        return run_named(session, name).id
    except NotFoundError:
        sent = _sent(session, entries, name) or _in_redis(settings, entries, name, now)
        if sent is None:
            raise
        return sent


def _sent(session: Session, entries: Iterable[Entry], name: str) -> NotStarted | None:
    """A due time that was sent and is awaited."""
    sent = sent_named(session, name)
    if sent is None or sent.run is None:
        return None
    tasks = {entry.key: entry.task for entry in entries}
    return NotStarted(
        run=sent.run,
        entry=sent.entry,
        task=tasks.get(sent.entry, ""),
        due_at=sent.first_due,
        trigger=Trigger.SCHEDULE,
        queue=sent.queue,
        queued_at=sent.decided_at,
        expires_at=sent.expires_at,
    )


def _in_redis(
    settings: Settings, entries: Iterable[Entry], name: str, now: datetime
) -> NotStarted | None:
    """A run by hand that has not started, and that the record did not hear of."""
    first, last = ids_named(name)
    try:
        with told(settings), client_of(settings, timeout=PATIENCE) as client:
            tokens: dict[bytes, bytes] = client.hgetall(Keys(settings.prefix).active)
    except BrokerError as away:
        raise NotFoundError(
            f"no run on record has an id that begins with {name}; one that was asked for by hand "
            f"and has not started only Redis knows, but {away}"
        ) from away
    for key, token in tokens.items():
        run = uuid.UUID(token.decode().split("|")[1])
        if first <= run <= last:
            if not is_drawn(run):
                raise NotFoundError(f"run {run} was sent just now: try again in a second")
            entry = find_entry(entries, key.decode())
            return NotStarted(
                run=run,
                entry=entry.key,
                task=entry.task,
                due_at=from_millis(to_millis(now)),
                trigger=Trigger.MANUAL,
                queue=entry.queue,
            )
    return None


def _give_back_its_token(settings: Settings, done: Cancelled, clock: str) -> None:
    """So that the next due time of its entry does not wait for it; the leader would see to it."""
    try:
        with told(settings), client_of(settings, timeout=PATIENCE) as client:
            tokens = Tokens(client, settings.prefix, clock_of=lambda _entry: clock)
            tokens.end(done.entry, done.run)
    except BrokerError:
        return
