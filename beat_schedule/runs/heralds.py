"""Who is told of a run besides its record: users' own code, and the URL of its entry."""

from beat_schedule.signals import RunInfo, after_run, before_run, run_failed
from beat_schedule.store.models import Outcome
from beat_schedule.store.record import FAILURES
from beat_schedule.store.runs import Ending, Opening

from .pings import Pings


class Heralds:
    """Those of one process; none of them can break a run."""

    def __init__(self, pings: Pings) -> None:
        self._pings = pings

    def tell_of_start(self, opening: Opening, attempt: int) -> None:
        """An attempt is about to be made."""
        self._pings.started(opening.entry, opening.run_id)
        before_run.send(_info(opening, attempt))

    def tell_of_end(self, opening: Opening, attempt: int, ending: Ending) -> None:
        """A run has ended, and its record says how."""
        info = _info(opening, attempt, ending)
        if ending.outcome is Outcome.SUCCEEDED:
            self._pings.succeeded(opening.entry, opening.run_id)
        elif ending.outcome in FAILURES:
            self._pings.failed(opening.entry, opening.run_id, ending.error or ending.reason or "")
        after_run.send(info)
        if ending.outcome in FAILURES:
            run_failed.send(info)


def _info(opening: Opening, attempt: int, ending: Ending | None = None) -> RunInfo:
    return RunInfo(
        id=opening.run_id,
        entry=opening.entry,
        due_at=opening.due_at,
        attempt=attempt,
        outcome=str(ending.outcome) if ending else None,
        reason=ending.reason if ending else None,
        error=ending.error if ending else None,
        counts=ending.counts if ending else {},
    )
