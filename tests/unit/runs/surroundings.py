"""A context with defaults, so that a test shows only what matters to it."""

import uuid

import structlog
from sqlalchemy.orm import Session

from beat_schedule.runs.context import RunContext
from beat_schedule.settings import Settings
from beat_schedule.testing import ManualClock
from tests.openings import NOON


def a_context(**changes):
    given = {
        "run_id": uuid.uuid4(),
        "entry": "tasks.shop.close@daily",
        "due_at": NOON,
        "attempt": 1,
        "session": Session(),
        "settings": Settings(),
        "clock": ManualClock(),
        "log": structlog.wrap_logger(None),
    }
    return RunContext(**given | changes)
