"""When a run that should have started is to be sent once more."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from beat_schedule.clock import Clock
from beat_schedule.decisions import Sent

#: Between two copies for one run: doubled each time, up to this.
LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(slots=True)
class _Suspicion:
    """When the next copy is to be sent, on the monotonic clock."""

    again_at: float
    pause: timedelta


class Suspicions:
    """Remembers since when each run should have started.

    `first` is how long that is no matter, `second` how long from one copy to the next.
    """

    def __init__(self, clock: Clock, *, first: timedelta, second: timedelta) -> None:
        self._clock = clock
        self._first = first
        self._second = second
        self._runs: dict[uuid.UUID, _Suspicion] = {}

    def overdue(self, suspects: Iterable[Sent]) -> list[Sent]:
        """Those of them that have been there for long enough; forgets all others."""
        at = self._clock.monotonic()
        before, self._runs = self._runs, {}
        found = []
        for sent in suspects:
            suspicion = before.get(sent.run)
            if suspicion is None:
                suspicion = _Suspicion(at + self._first.total_seconds(), self._second)
            self._runs[sent.run] = suspicion
            if at >= suspicion.again_at:
                found.append(sent)
                suspicion.again_at = at + suspicion.pause.total_seconds()
                suspicion.pause = min(2 * suspicion.pause, LONGEST_PAUSE)
        return found
