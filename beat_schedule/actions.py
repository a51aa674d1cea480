"""What the command line may do to a running installation."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import redis
from kombu.exceptions import OperationalError

from beat_schedule.clock import Clock, SystemClock
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, NotFoundError, suggestion
from beat_schedule.schedules import AnyOf, Cron
from beat_schedule.settings import Settings
from beat_schedule.translate import periodic_entries


class Sender(Protocol):
    """The part of a Celery app that sends."""

    def send_task(self, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Send the message of a task, by its name."""


def find_entry(entries: Iterable[Entry], name: str) -> Entry:
    """The entry of that key, or the only one of that task.

    Raises NotFoundError, with a suggestion, when there is none or more than one.
    """
    entries = tuple(entries)
    by_key = {entry.key: entry for entry in entries}
    if name in by_key:
        return by_key[name]
    named = [entry for entry in entries if entry.task == name or entry.key.startswith(f"{name}@")]
    match named:
        case [entry]:
            return entry
        case []:
            known = [*by_key, *(entry.task for entry in entries)]
            hint = suggestion(name, known) or "`hookbeat list` shows all"
            raise NotFoundError(f"no entry {name!r}; {hint}")
        case _:
            keys = ", ".join(sorted(entry.key for entry in named))
            raise NotFoundError(f"{name!r} has several entries: {keys}; name one")


def instant_in(entry: Entry, said: str, settings: Settings) -> datetime:
    """A date or time as a person wrote it, in UTC; without an offset it is in the entry's zone.

    Raises ValueError for what is neither.
    """
    instant = datetime.fromisoformat(said)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=_zone(entry, settings))
    return instant.astimezone(UTC)


def run_now(
    app: Sender,
    settings: Settings,
    entry: Entry,
    *,
    due_at: datetime | None = None,
    kwargs: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
) -> uuid.UUID:
    """Send a run of its own, with an id of its own, so that a date can be repeated.

    Raises BrokerError when Redis does not take it.
    """
    now = (clock or SystemClock()).now()
    run_id = uuid.uuid4()
    made = periodic_entries([entry])[entry.key]
    options = {**made["options"], "headers": _headers(entry, run_id, due_at or now, now)}
    try:
        app.send_task(
            entry.task, made["args"], {**made["kwargs"], **(kwargs or {})}, retry=False, **options
        )
    except (OperationalError, redis.RedisError, OSError) as error:
        where = settings.redis_url.get_secret_value().rpartition("@")[2].removeprefix("redis://")
        raise BrokerError(
            f"Redis at {where} cannot be reached: {error} (HOOKBEAT_REDIS_URL says where; "
            "`hookbeat run --inline` needs none)"
        ) from error
    return run_id


def _headers(entry: Entry, run_id: uuid.UUID, due_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "periodic_task_name": entry.key,
        "celery_beat_task": True,
        "hookbeat_entry": entry.key,
        "hookbeat_due_at": due_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "hookbeat_run": str(run_id),
        "hookbeat_trigger": "manual",
        "hookbeat_queued_at": now.astimezone(UTC).isoformat(timespec="milliseconds"),
    }


def _zone(entry: Entry, settings: Settings) -> ZoneInfo:
    schedule = entry.schedule
    if isinstance(schedule, AnyOf):
        schedule = schedule.schedules[0]
    return schedule.timezone if isinstance(schedule, Cron) else settings.zone
