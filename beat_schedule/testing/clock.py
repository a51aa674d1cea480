"""A clock that moves when it is told to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: An ordinary Tuesday.
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class ManualClock:
    """A `Clock` whose time passes only by `advance` and `sleep`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start.astimezone(UTC)
        self._seconds = 0.0
        #: How long somebody slept, each time.
        self.slept: list[float] = []
        #: Called in each sleep: what happens in the world meanwhile.
        self.on_sleep: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.advance(timedelta(seconds=seconds))
        self.on_sleep()

    def advance(self, by: timedelta) -> None:
        """Let time pass, on the wall and on the monotonic clock."""
        self._now += by
        self._seconds += by.total_seconds()

    def step(self, by: timedelta) -> None:
        """Set the wall clock alone, as an administrator or NTP does."""
        self._now += by
