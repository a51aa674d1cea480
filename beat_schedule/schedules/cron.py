"""When the wall clock of a zone says so: cron expressions."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery
from cronsim import CronSim, CronSimError

from . import expression as expressions
from .base import LATEST
from .wall import FIXED_TIME, FOLLOWS_THE_CLOCK, Dst
from .wall_clock import WallClock
from .words import sentence

#: Any date does to find out whether an expression ever matches.
_SOME_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 -- what a wall clock shows


class Cron(WallClock):
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
        self._read = expressions.read(expression)
        usual = FOLLOWS_THE_CLOCK if self._read.is_wild else FIXED_TIME
        super().__init__(timezone, dst, usual, nowfun=nowfun, app=app)
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
        return self.by_its_clock(self.expression)

    def words(self) -> str:
        return self.said_by_its_clock(sentence(self._read.fields))

    def walls(self, after: datetime) -> Iterator[datetime]:
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
