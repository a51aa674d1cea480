"""What is due every second, in words that beats, workers and judges share."""

from datetime import timedelta
from typing import Any

TASK = "chaos.tick"
QUEUE = "ticks"

#: `catch_up: all`: whatever happens, each of its due times is sent.
STRICT = tuple(f"all-{number:02}" for number in range(20))

#: The default, `catch_up: once`: late due times are coalesced, and each says so in the record.
COALESCING = tuple(f"once-{number:02}" for number in range(4))

ENTRIES = STRICT + COALESCING

EVERY = timedelta(seconds=1)

_ALL = {"catch_up": "all", "catch_up_limit": 3600, "catch_up_window": "1h"}


def handlers(task: str, queue: str) -> list[dict[str, Any]]:
    """As a hooks module declares them. Stock workers run them, so nobody follows their runs."""
    common = {"task": task, "queue": queue, "overlap": "allow", "tracked": False}
    strict: list[dict[str, Any]] = [common | _ALL | {"name": name} for name in STRICT]
    return strict + [common | {"name": name} for name in COALESCING]
