"""From the journal in Redis to the record: every decision, and how far Redis had come."""

from collections.abc import Callable, Sequence

from beat_schedule.clock import Clock
from beat_schedule.decisions import Checkpoint, Decided
from beat_schedule.errors import OtherInstallError

from .errors import NotLeaderError
from .lease import Lease
from .record import Record
from .state import State
from .values import Read

#: Lines read at once.
LINES = 2000

#: Seconds after which the checkpoint is written although nothing was decided.
IDLE = 30.0


class Drain:
    """Empties the journal into the record; one connection, on which lines are read and removed.

    Stopping anywhere loses nothing: what was kept and not removed is kept again. `told` hears of
    every decision that is on record.
    """

    def __init__(
        self,
        state: State,
        record: Record,
        lease: Lease,
        clock: Clock,
        told: Callable[[Sequence[Decided]], object] = len,
    ) -> None:
        self._state = state
        self._record = record
        self._lease = lease
        self._clock = clock
        self._told = told
        self._kept_at = -IDLE

    def drain(self) -> int:
        """Keep all there is; how many lines. Raises RecordAwayError, and redis-py's errors."""
        count = 0
        while self._lease.term:
            read = self._state.read(LINES)
            if read.ids or self._is_time(read.checkpoint):
                self._keep(read)
                self._kept_at = self._clock.monotonic()
            if read.ids:
                self._told(read.decided)
                self._remove(read.ids)
                count += len(read.ids)
            if len(read.ids) < LINES:
                break
        return count

    def _keep(self, read: Read) -> None:
        try:
            self._record.keep(read.decided, read.holds, read.checkpoint)
        except OtherInstallError:
            # It was swapped while the record was away: the next term puts ours back.
            self._lease.step_down("this Redis belongs to another record")
            raise

    def _is_time(self, checkpoint: Checkpoint | None) -> bool:
        return checkpoint is not None and self._clock.monotonic() - self._kept_at >= IDLE

    def _remove(self, ids: Sequence[bytes]) -> None:
        term = self._lease.term
        if term is None:
            raise NotLeaderError("the lease may be somebody else's by now")
        self._state.drained(term.grant, ids)
