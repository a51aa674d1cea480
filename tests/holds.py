"""A pause with defaults, so that a test shows only what matters to it."""

from datetime import UTC, datetime
from typing import Any

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind

SINCE = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_pause(target: str = EVERYTHING, **changes: Any) -> Hold:
    said = {"since": SINCE, "until": None, "by": "ada", "why": "deploy", "version": 1}
    return Hold(target=target, kind=HoldKind.PAUSED, **said | changes)
