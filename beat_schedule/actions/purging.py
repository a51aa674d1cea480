"""Removing messages from the queues, and closing the runs that they were for."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import redis
from sqlalchemy.orm import Session

from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.clock import Clock
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings
from beat_schedule.store.asking import asked
from beat_schedule.store.audit import note
from beat_schedule.store.cancelling import (
    Cancelled,
    NotStarted,
    awaited_among,
    cancel_if_it_waits,
    cancel_unless_started,
)
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import Trigger
from beat_schedule.store.record import ids_named
from beat_schedule.tokens import Tokens

from .finding import find_entry
from .queued import Named, Queued, messages_in, queue_names
from .reaching import BY

#: Messages whose runs are closed in one transaction.
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What became of the messages that were to go."""

    removed: int = 0
    #: A worker had taken them before; it drops what is closed.
    taken: int = 0
    #: Runs that were closed on record.
    cancelled: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purging:
    """Who removes messages, why, and what is known of their runs."""

    by: str
    why: str
    clock: Clock
    #: Names of the tasks that workers carry out as runs, with a record.
    followed: Collection[str]
    #: By entry, whose beats stand for it.
    clocks: dict[str, str]


def find_queued(settings: Settings, entries: Iterable[Entry], named: Named) -> Sequence[Queued]:
    """The messages that are meant, list by list, the oldest first.

    Raises NotFoundError for an entry that nobody knows, for what is no run's id, and for the
    beginning of several ids; BrokerError where Redis is away.
    """
    entries = tuple(entries)
    for run in named.runs:
        ids_named(run)
    runs = {run.replace("-", "").lower() for run in named.runs}
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        names = {*queue_names(client, settings, entries), *named.queues}
        every = list(messages_in(client, settings.prefix, sorted(named.queues or names)))
    sent = {message.entry for message in every}
    keys = {each if each in sent else find_entry(entries, each).key for each in named.entries}
    named = replace(named, entries=keys, runs=runs)
    found = [message for message in reversed(every) if named.means(message)]
    for run in runs:
        if len({each.run for each in found if each.run and each.run.hex.startswith(run)}) > 1:
            raise NotFoundError(f"more than one run's id begins with {run}: type more of it")
    return found


def purge(
    sessions: Sessions, settings: Settings, messages: Sequence[Queued], purging: Purging
) -> Purged:
    """Remove these messages; their runs are closed first, so that nobody sends them again.

    Raises BrokerError and RecordAwayError; what was done till then is done whole.
    """
    done = Purged()
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        tokens = Tokens(
            client, settings.prefix, clock_of=lambda entry: purging.clocks.get(entry, MAIN)
        )
        # Else runs would be closed whose messages cannot be removed.
        client.ping()
        for start in range(0, len(messages), BATCH):
            batch = messages[start : start + BATCH]
            with asked(sessions) as session:
                cancelled = _closed(session, batch, purging)
            removed = _remove(client, batch)
            for each in cancelled:
                tokens.end(each.entry, each.run)
            done = Purged(
                removed=done.removed + removed,
                taken=done.taken + len(batch) - removed,
                cancelled=(*done.cancelled, *(each.run for each in cancelled)),
            )
    return done


def _closed(session: Session, messages: Sequence[Queued], purging: Purging) -> list[Cancelled]:
    now = purging.clock.now()
    runs = [message.run for message in messages if message.run]
    awaited = awaited_among(session, runs)
    found = [
        _close(session, each, purging, now, is_awaited=each.run in awaited) for each in messages
    ]
    cancelled = [each for each in found if each]
    by_target = Counter(message.target for message in messages)
    ended = Counter(message.target for message, each in zip(messages, found, strict=True) if each)
    for target, count in sorted(by_target.items()):
        note(
            session,
            at=now,
            who=purging.by,
            by=BY,
            action="purge",
            target=target,
            why=purging.why,
            after={"messages": count, "cancelled": ended[target]},
        )
    return cancelled


def _close(
    session: Session, message: Queued, purging: Purging, now: datetime, *, is_awaited: bool
) -> Cancelled | None:
    if message.run is None:
        return None
    if not (is_awaited or (message.trigger and message.task in purging.followed)):
        return cancel_if_it_waits(session, message.run, by=purging.by, why=purging.why, now=now)
    sent = NotStarted(
        run=message.run,
        entry=message.entry,
        task=message.task,
        due_at=message.due_at or now,
        trigger=Trigger.MANUAL if message.trigger == Trigger.MANUAL else Trigger.SCHEDULE,
        queue=message.queue,
        queued_at=message.queued_at,
    )
    return cancel_unless_started(session, sent, by=purging.by, why=purging.why, now=now)


def _remove(client: redis.Redis, messages: Sequence[Queued]) -> int:
    """How many were there still."""
    pipeline = client.pipeline(transaction=False)
    for each in messages:
        # From the end where the oldest are, for they go first.
        pipeline.lrem(each.key, -1, each.text)  # type: ignore[arg-type] # bytes are taken as well
    return sum(pipeline.execute())
