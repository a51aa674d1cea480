"""The messages that wait in the queues: no worker has taken them."""

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from beat_schedule.brokers import lists_of
from beat_schedule.entries import Entry
from beat_schedule.settings import Settings
from beat_schedule.workers import Workers, taken_by

#: Messages that are read at once: Redis answers nobody else meanwhile.
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message, as far as it can be read."""

    queue: str
    #: The list that it is in: a queue has one for each priority.
    key: str
    text: bytes
    #: Empty where it says none.
    task: str = ""
    #: Of a plain call of a task: empty.
    entry: str = ""
    #: The run that it wakes a worker for.
    run: uuid.UUID | None = None
    trigger: str = ""
    due_at: datetime | None = None
    queued_at: datetime | None = None

    @property
    def target(self) -> str:
        """What a person knows it by."""
        return self.entry or self.task or self.queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Which messages are meant: of each kind of name one must fit; no name of a kind fits all."""

    queues: Collection[str] = ()
    entries: Collection[str] = ()
    tasks: Collection[str] = ()
    runs: Collection[str] = ()

    def means(self, message: Queued) -> bool:
        """Whether it is one of them; a run is named by the beginning of its id."""
        run = message.run.hex if message.run else ""
        return (
            (not self.queues or message.queue in self.queues)
            and (not self.entries or message.entry in self.entries)
            and (not self.tasks or message.task in self.tasks)
            and (not self.runs or any(run.startswith(each) for each in self.runs if run))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The messages of one queue that are for the same entry and task."""

    queue: str
    entry: str
    task: str
    count: int
    #: When the oldest was sent; None where none of them says it.
    since: datetime | None

    def age(self, now: datetime) -> timedelta | None:
        """How long the oldest waits."""
        return None if self.since is None else max(now - self.since, timedelta(0))


def queue_names(client: redis.Redis, settings: Settings, entries: Iterable[Entry]) -> list[str]:
    """The queues that are declared, used by an entry, or taken by a living worker."""
    takers = taken_by(Workers(client, settings.prefix).seen())
    return sorted({*settings.queue_timeouts, *takers, *(entry.queue for entry in entries)})


def messages_in(client: redis.Redis, prefix: str, queues: Iterable[str]) -> Iterator[Queued]:
    """Every message that is in these queues, list by list, the newest first.

    Raises redis-py's errors.
    """
    for queue in queues:
        for key in lists_of(f"{prefix}{queue}"):
            for text in _texts_in(client, key):
                yield _read(queue, key, text)


def grouped(messages: Iterable[Queued]) -> list[Group]:
    """How many of each queue, entry and task; those that wait longest come first."""
    found: dict[tuple[str, str, str], list[datetime | None]] = {}
    for each in messages:
        found.setdefault((each.queue, each.entry, each.task), []).append(each.queued_at)
    groups = [
        Group(
            queue=queue,
            entry=entry,
            task=task,
            count=len(sent),
            since=min((at for at in sent if at), default=None),
        )
        for (queue, entry, task), sent in found.items()
    ]
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(groups, key=lambda group: (group.since or last, group.queue, group.entry))


def _texts_in(client: redis.Redis, key: str) -> Iterator[bytes]:
    """From the end at which messages are put: what is put there meanwhile moves the others on."""
    seen: set[bytes] = set()
    start = 0
    while page := _page(client, key, start):
        for text in page:
            if text not in seen:
                yield text
        # Only the last ones can come again.
        seen = set(page)
        start += PAGE


def _page(client: redis.Redis, key: str, start: int) -> Sequence[bytes]:
    texts: Any = client.lrange(key, start, start + PAGE - 1)
    return list(texts)


def _read(queue: str, key: str, text: bytes) -> Queued:
    """Whatever it says; a message that nobody can read says nothing."""
    headers: dict[str, Any] = {}
    with suppress(ValueError, LookupError, TypeError):
        headers = dict(json.loads(text)["headers"])
    entry = str(headers.get("hookbeat_entry") or headers.get("periodic_task_name") or "")
    return Queued(
        queue=queue,
        key=key,
        text=text,
        task=str(headers.get("task") or ""),
        entry=entry,
        run=_id(headers.get("hookbeat_run")) or _id(headers.get("id")),
        trigger=str(headers.get("hookbeat_trigger") or ""),
        due_at=_instant(headers.get("hookbeat_due_at")),
        queued_at=_instant(headers.get("hookbeat_queued_at")),
    )


def _id(said: object) -> uuid.UUID | None:
    with suppress(ValueError):
        return uuid.UUID(str(said))
    return None


def _instant(said: object) -> datetime | None:
    with suppress(ValueError):
        at = datetime.fromisoformat(str(said))
        return at.astimezone(UTC) if at.tzinfo else None
    return None
