"""An opening of a run with defaults, so that a test shows only what matters to it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def an_opening(**changes):
    opening = Opening(
        run_id=uuid.uuid4(),
        token=uuid.uuid4(),
        entry="tasks.shop.close@daily",
        task="tasks.shop.close",
        due_at=NOON,
        trigger=Trigger.SCHEDULE,
        queue="default",
        worker="somewhere",
        started_at=NOON,
    )
    return replace(opening, **changes)
