"""The one place that reads time: the wall for dates, the monotonic clock for deadlines."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: How far Redis's clock may be from every other when nothing is known of its past.
STRANGE = timedelta(seconds=60)


class Clock(Protocol):
    """What everything else asks; tests move a `ManualClock` instead."""

    def now(self) -> datetime:
        """The wall-clock time, always aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, for deadlines."""

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 -- this is the clock

    def monotonic(self) -> float:
        return time.monotonic()  # noqa: TID251 -- this is the clock

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: TID251 -- this is the clock


def to_millis(instant: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down: how Redis stores an instant.

    Down, because a cursor must never stand beyond what was looked at.
    """
    return (instant - EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int | str | bytes) -> datetime:
    """The aware UTC instant that `to_millis` wrote down."""
    return EPOCH + timedelta(milliseconds=int(millis))
