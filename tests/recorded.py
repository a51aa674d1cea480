"""Rows of the record with defaults, so that a test shows only what matters to it."""

import uuid
from datetime import UTC, datetime, timedelta

from beat_schedule.store.keeping import Keep
from beat_schedule.store.models import Attempt, Outcome, Run, RunEvent, RunLine, RunState, Trigger

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ENTRY = "tasks.shop.close@daily"


def minutes(number):
    return NOON + timedelta(minutes=number)


def days(number):
    return NOON + timedelta(days=number)


def a_run(at=NOON, outcome=Outcome.SUCCEEDED, entry=ENTRY, **changes):
    """A run that began then and took a second; with no outcome, and running, none yet."""
    ended = {"finished_at": at + timedelta(seconds=1)} if outcome else {}
    values = {
        "id": uuid.uuid4(),
        "entry": entry,
        "task": entry.partition("@")[0],
        "due_at": at,
        "trigger": Trigger.SCHEDULE,
        "queue": "default",
        "state": RunState.ENDED if outcome else RunState.RUNNING,
        "outcome": outcome,
        "attempt": 1,
        "attempt_token": uuid.uuid4(),
        "started_at": at,
        "worker": "celery@one",
        "celery_id": "",
        "args": [],
        "kwargs": {},
        "counts": {},
        "versions": {},
    }
    return Run(**values | ended | changes)


def an_attempt(run, number=1, at=NOON, **changes):
    values = {
        "run_id": run.id,
        "number": number,
        "worker": "celery@one",
        "started_at": at,
        "ended_at": at + timedelta(seconds=1),
        "ending": "failed",
    }
    return Attempt(**values | changes)


def an_event(run, event="sent again", at=NOON, text="no worker had started it"):
    return RunEvent(run=run.id, at=at, event=event, text=text)


def a_line(run, number, text, at=NOON, level="info"):
    return RunLine(run_id=run.id, number=number, at=at, level=level, text=text)


def keep(sessions, *rows):
    """Rows that name a run come after it."""
    with sessions.begin() as session:
        session.add_all([row for row in rows if isinstance(row, Run)])
        session.flush()
        session.add_all([row for row in rows if not isinstance(row, Run)])


#: What is kept by day 100 of a test.
KEEP = Keep(
    runs=timedelta(days=30),
    failures=timedelta(days=90),
    per_entry=1000,
    decisions=timedelta(days=30),
    audit=timedelta(days=365),
)
NOW = days(100)
