"""When the wall clock of a zone says so: cron expressions."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery
from cronsim import CronSim, CronSimError

from . import expression as expressions
from .base import LATEST, Schedule, instant
from .wall import FIXED_TIME, FOLLOWS_THE_CLOCK, Dst, instants, start
from .words import sentence, unusual
from .zones import zone

#: Any date does to find out whether an expression ever matches.
_SOME_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 -- what a wall clock shows


class Cron(Schedule):
    """Due when the wall clock of a zone matches; clock changes are met as Debian's cron does.

    A job whose minutes or hours (or seconds) begin with `*` follows real time. Any other is at a
    fixed time: inside a gap it is due at the first instant after it, in a repeated hour once, the
    first time. `beat_schedule.schedules.wall` has the rule in full and its source; `dst` changes
    it.

    Day of month and weekday are ORed as Vixie's cron does, that is only if neither begins with `*`.
    """

    def __init__(
        self,
        expression: str,
        timezone: str | ZoneInfo = "UTC",
        dst: Dst | None = None,
        *,
        nowfun: Callable[[], datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self._read = expressions.read(expression)
        self.timezone = zone(timezone)
        self.dst = (dst or self._usual).over(self._usual)
        self._expect_a_date()

    @property
    def expression(self) -> str:
        return self._read.text

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has a meaning, but hardly the meant one."""
        return self._read.warnings

    @property
    def arguments(self) -> tuple[Any, ...]:
        made_from = self.expression, self.timezone.key
        return made_from if self.dst == self._usual else (*made_from, self.dst)

    @property
    def zone(self) -> ZoneInfo:
        return self.timezone

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        return self._walk(instant(after), instant(until))

    def words(self) -> str:
        said = "; ".join([self.timezone.key, *unusual(self.dst, self._usual)])
        return f"{sentence(self._read.fields)} ({said})"

    @property
    def _usual(self) -> Dst:
        return FOLLOWS_THE_CLOCK if self._read.is_wild else FIXED_TIME

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
        for wall in self._walls(start(after, self.timezone)):
            passes = instants(wall, self.timezone, self.dst)
            while passes and second_passes and second_passes[0] < passes[0]:
                yield second_passes.popleft()
            yield from passes[:1]
            if passes and passes[0] > until:
                return
            second_passes.extend(passes[1:])
        yield from second_passes

    def _walls(self, after: datetime) -> Iterator[datetime]:
        """What the clock shows when the fields match; it may skip some and show others twice."""
        end = LATEST.replace(tzinfo=None)
        # It raises when it looks for a match beyond the calendar.
        with suppress(OverflowError):
            for wall in CronSim(self._read.canonical, after):
                if wall > end:
                    return
                yield wall

    def _expect_a_date(self) -> None:
        try:
            next(CronSim(self._read.canonical, _SOME_DAY))
        except (CronSimError, StopIteration):
            raise expressions.impossible(self._read) from None
