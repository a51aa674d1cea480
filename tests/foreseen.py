"""Entries and spans to look ahead with, so that a test shows only what matters to it."""

from datetime import UTC, datetime, timedelta

from beat_schedule.entries import Entry
from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron

#: A Sunday, in winter.
SINCE = datetime(2026, 11, 22, tzinfo=UTC)
A_YEAR = timedelta(days=365)


def an_entry(key, schedule="0 0 * * *", *, zone="UTC", spread=timedelta(0), policy=None, **changes):
    """An entry of that cron expression, or schedule."""
    values = {
        "key": key,
        "task": key.partition("@")[0],
        "schedule": Cron(schedule, zone) if isinstance(schedule, str) else schedule,
        "queue": "default",
        "event": "cron",
        "place": "hooks.py",
        "policy": policy or Policy(spread=spread),
    }
    return Entry(**values | changes)
