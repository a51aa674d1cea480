"""The thread that writes decisions into the record, and finds what was sent and never started."""

import math
import threading
from collections.abc import Callable, Collection

from beat_schedule import logs
from beat_schedule.clock import Clock
from beat_schedule.errors import RecordAwayError

from .deaths import Deaths
from .drain import Drain
from .errand import Errand
from .errors import DoubtError, NotLeaderError
from .lease import Lease
from .line import Line
from .reconcile import Reconciler
from .record import Record
from .roster import Roster
from .trouble import Trouble
from .wake import Wake
from .witness import Witness

#: Seconds between two drains, and between two looks for what never started.
DRAIN_EVERY = 1.0
RECONCILE_EVERY = 5.0

log = logs.logger("hookbeat.beat")


class Recorder(threading.Thread):
    """Works while its beat leads; a database that is away delays it and stops nothing."""

    def __init__(
        self,
        line: Line,
        lease: Lease,
        wake: Wake,
        *,
        record: Record,
        roster: Roster,
        witness: Witness,
        clock: Clock,
        errand: Errand | None = None,
        others: Collection[str] | None = (),
    ) -> None:
        super().__init__(name="hookbeat-recorder", daemon=True)
        self._line = line
        self._lease = lease
        self._wake = wake
        self._record = record
        self._roster = roster
        self._others = others
        self._witness = witness
        self._clock = clock
        self._errand = errand
        self._stopped = threading.Event()
        self._drain: Drain | None = None
        self._reconciler: Reconciler | None = None
        self._reconciled_at = clock.monotonic()
        #: Outlives a connection: who was silent before is no less silent after.
        self._deaths = Deaths(clock)
        self._trouble = Trouble("record")

    def run(self) -> None:
        while not self._stopped.wait(DRAIN_EVERY):
            if self._lease.term is None:
                continue
            try:
                self._wake.wait_for_quiet(DRAIN_EVERY)
                self._work()
            except (NotLeaderError, DoubtError):
                continue
            except RecordAwayError as away:
                self._trouble.note(away)
            except Exception as error:  # noqa: BLE001 -- the record must go on
                self._trouble.note(error)
                self._leave()
        self._leave()

    def stop(self) -> None:
        self._stopped.set()

    def work_once(self) -> None:
        """All of it now, in the caller's thread; as long as it takes to know who is dead.

        Raises what its parts raise: DoubtError, RecordAwayError, and the errors of redis-py.
        """
        first_look = math.inf
        try:
            while True:
                self._reconciled_at = -RECONCILE_EVERY
                self._work()
                first_look = min(first_look, self._clock.monotonic())
                if not self._deaths.watches_since(first_look):
                    return
                self._clock.sleep(DRAIN_EVERY)
        finally:
            self._leave()

    def _work(self) -> None:
        """Each part by itself: a row that somebody locked for long stops only what needs it."""
        self._connect()
        assert self._drain and self._reconciler  # noqa: S101, PT018 -- for mypy
        parts: list[Callable[[], object]] = [self._drain.drain, self._reconciler.go_on]
        is_time = self._clock.monotonic() - self._reconciled_at >= RECONCILE_EVERY
        if is_time:
            self._reconciled_at = self._clock.monotonic()
            parts += [
                self._reconciler.bring,
                self._reconciler.take_over,
                self._reconciler.reconcile,
            ]
        failed: RecordAwayError | None = None
        for part in parts:
            try:
                part()
            except RecordAwayError as away:
                failed = failed or away
        if failed:
            raise failed
        if is_time and self._lease.term:
            self._trouble.is_over()

    def _connect(self) -> None:
        if self._drain:
            return
        state = self._line.state
        told = [self._errand.told] if self._errand else []
        self._drain = Drain(state, self._record, self._lease, self._clock, *told)
        self._reconciler = Reconciler(
            state=state,
            record=self._record,
            roster=self._roster,
            others=self._others,
            messages=self._line.publisher,
            witness=self._witness,
            lease=self._lease,
            deaths=self._deaths,
            clock=self._clock,
            errand=self._errand,
        )

    def _leave(self) -> None:
        self._drain = self._reconciler = None
        self._line.drop()
