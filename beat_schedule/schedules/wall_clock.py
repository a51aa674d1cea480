"""What schedules have in common that go by the wall clock of a zone."""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from .base import Schedule, instant
from .wall import Dst, instants, start
from .words import unusual
from .zones import zone


class WallClock(Schedule):
    """Due when the wall clock of a zone shows one of the times that a subclass names in `walls`.

    `usual` is how such a schedule meets clock changes, and `dst` what is said otherwise.
    """

    def __init__(
        self,
        timezone: str | ZoneInfo,
        dst: Dst | None,
        usual: Dst,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.timezone = zone(timezone)
        self.usual = usual
        self.dst = (dst or usual).over(usual)

    @abstractmethod
    def walls(self, after: datetime) -> Iterator[datetime]:
        """The naive times later than `after`, ascending; the clock may skip some, show some twice.

        It ends at the latest with `LATEST`.
        """

    @property
    def zone(self) -> ZoneInfo:
        return self.timezone

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        return self._walk(instant(after), instant(until))

    def by_its_clock(self, *made_from: Any) -> tuple[Any, ...]:
        """The arguments: these, its zone, and how it meets clock changes if not as usual."""
        arguments = (*made_from, self.timezone.key)
        return arguments if self.dst == self.usual else (*arguments, self.dst)

    def said_by_its_clock(self, sentence: str) -> str:
        """The sentence with its zone, and with how it meets changes if not as usual."""
        return f"{sentence} ({'; '.join([self.timezone.key, *unusual(self.dst, self.usual)])})"

    def _walk(self, after: datetime, until: datetime) -> Iterator[datetime]:
        if after >= until:
            return
        last = after
        for due_at in self._instants(after, until):
            if last < due_at <= until:
                yield due_at
                last = due_at

    def _instants(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Instants from a little before `after` to a little past `until`, ascending."""
        second_passes: deque[datetime] = deque()
        for wall in self.walls(start(after, self.timezone)):
            passes = instants(wall, self.timezone, self.dst)
            while passes and second_passes and second_passes[0] < passes[0]:
                yield second_passes.popleft()
            yield from passes[:1]
            if passes and passes[0] > until:
                return
            second_passes.extend(passes[1:])
        yield from second_passes
