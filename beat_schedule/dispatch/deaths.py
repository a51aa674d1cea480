"""Death is observed, not computed: who shows no sign of life while we look is dead."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from beat_schedule.clock import Clock
from beat_schedule.decisions import Running

#: Seconds of our own time without a sign of life; a worker gives one every 5.
SILENCE = 15.0

#: Seconds that a look may take, and that may lie between two: what stopped us may have stopped the
#: workers too, and then their silence says nothing.
LONGEST_LOOK = 2.0
LONGEST_GAP = 12.0


@dataclass(frozen=True, slots=True)
class _Sight:
    """A sign of life, and when it was first seen; on the monotonic clock."""

    token: uuid.UUID
    beat: int
    since: float


class Deaths:
    """Watches the runs under way, for one leader."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sights: dict[uuid.UUID, _Sight] = {}
        self._looked_at = -LONGEST_GAP

    def silent(self, look: Callable[[], Sequence[Running]]) -> list[Running]:
        """Those that have been silent for long enough; `look` asks the record."""
        began = self._clock.monotonic()
        if began - self._looked_at > LONGEST_GAP:
            self._sights.clear()
        running = look()
        self._looked_at = self._clock.monotonic()
        if self._looked_at - began > LONGEST_LOOK:
            self._sights.clear()
        self._sights = {each.run: self._sight(each) for each in running}
        return list(self._dead(running))

    def watches_since(self, at: float) -> bool:
        """Whether a run has shown no sign since then, on the monotonic clock."""
        return any(sight.since <= at for sight in self._sights.values())

    def _sight(self, running: Running) -> _Sight:
        before = self._sights.get(running.run)
        if before and (before.token, before.beat) == (running.token, running.beat):
            return before
        return _Sight(running.token, running.beat, self._looked_at)

    def _dead(self, running: Iterable[Running]) -> Iterable[Running]:
        return (
            each for each in running if self._looked_at - self._sights[each.run].since >= SILENCE
        )
