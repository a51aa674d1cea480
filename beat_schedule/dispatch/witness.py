"""What time it is: Redis's, projected from when it last said so, and doubted when it jumps."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from beat_schedule import logs
from beat_schedule.clock import STRANGE, Clock

from .card import UNHEARD
from .errors import DoubtError

#: Two clocks that differ by no more agree; a larger step of Redis's must be witnessed.
STEP = timedelta(seconds=2)

#: Says the time, or None where it cannot be asked.
Other = Callable[[], datetime | None]

log = logs.logger("hookbeat.beat")


class Witness:
    """Redis's time as one beat follows it, standing by or leading.

    Redis alone says what is due, but not every jump of its clock is believed: one of more than 2 s
    only if a second clock agrees, this machine's own or the database's. Until then `now` raises.
    """

    def __init__(self, clock: Clock, others: Sequence[Other] = ()) -> None:
        self._clock = clock
        self._others = (clock.now, *others)
        #: What Redis said, and when we heard it on our own monotonic clock. One value: one thread
        #: hears while another asks.
        self._heard: tuple[datetime, float] | None = None
        #: Why nothing may be decided; empty while all is well.
        self.doubt = UNHEARD
        self._alarmed = False

    def hear(self, said: datetime, asked_at: float, heard_at: float) -> None:
        """Redis said the time at some moment between those two of our monotonic clock.

        What took longer than a doubtful step tells too little, and is as if not heard.
        """
        if timedelta(seconds=heard_at - asked_at) > STEP:
            return
        step = self._step(said, asked_at, heard_at)
        if abs(step) > self._tolerance() and not self._is_witnessed(said, heard_at):
            self._doubt_it(step)
            return
        if self._alarmed:
            log.warning("clock.trusted", redis=said.isoformat())
        self._heard, self.doubt, self._alarmed = (said, heard_at), "", False

    def now(self) -> datetime:
        """Redis's time, a little late and never early; raises DoubtError while it is in doubt."""
        if self.doubt or self._heard is None:
            raise DoubtError(self.doubt)
        return _projected(self._heard, self._clock.monotonic())

    def offset(self) -> timedelta:
        """How far this machine's clock is ahead of Redis's, as last heard."""
        if self._heard is None:
            return timedelta(0)
        return self._clock.now() - _projected(self._heard, self._clock.monotonic())

    def _tolerance(self) -> timedelta:
        return STRANGE if self._heard is None else STEP

    def _step(self, said: datetime, asked_at: float, heard_at: float) -> timedelta:
        """How far that is outside of what could be expected; 0 inside."""
        if self._heard is None:
            return said - self._clock.now()
        earliest, latest = (_projected(self._heard, at) for at in (asked_at, heard_at))
        return said - min(max(said, earliest), latest)

    def _is_witnessed(self, said: datetime, heard_at: float) -> bool:
        for other in self._others:
            at = other()
            passed = timedelta(seconds=self._clock.monotonic() - heard_at)
            if at is not None and abs(at - passed - said) <= STEP:
                return True
        return False

    def _doubt_it(self, step: timedelta) -> None:
        if not self._alarmed:
            log.critical("clock.doubted", step=step.total_seconds())
        self._alarmed = True
        self.doubt = f"Redis's clock is {step.total_seconds():+.1f} s from where it should be"


def _projected(heard: tuple[datetime, float], at: float) -> datetime:
    said, heard_at = heard
    return said + timedelta(seconds=at - heard_at)
