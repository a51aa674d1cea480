"""Decisions with defaults, so that a test shows only what matters to it."""

import uuid
from datetime import UTC, datetime, timedelta

from beat_schedule.decisions import Decided, Decision

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ENTRY = "tasks.shop.close@daily"


def minutes(number):
    return NOON + timedelta(minutes=number)


def run_of(entry, due_at):
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{entry} {due_at}")


def sent(due_at=NOON, entry=ENTRY, **changes):
    """A due time that was sent to workers of ours, a second later."""
    values = {
        "reason": "",
        "decided_at": due_at + timedelta(seconds=1),
        "term": 7,
        "run": run_of(entry, due_at),
        "queue": "default",
    } | changes
    return Decided(
        entry=entry,
        first_due=due_at,
        last_due=due_at,
        count=1,
        decision=Decision.SENT,
        **values,
    )


def span(first, last, decision=Decision.COALESCED, *, entry=ENTRY, **changes):
    """The due times of every minute from `first` to `last`, after noon, decided as one."""
    values = {"reason": "one run for all", "term": 7, "decided_at": minutes(last + 1)} | changes
    return Decided(
        entry=entry,
        first_due=minutes(first),
        last_due=minutes(last),
        count=last - first + 1,
        decision=decision,
        **values,
    )
