"""Who is told of a run besides its record: users' own code."""

from beat_schedule.signals import RunInfo, after_run, before_run, run_failed
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Ending, Opening

#: Of these nobody is glad.
BAD = {Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST}


def tell_of_start(opening: Opening, attempt: int) -> None:
    """An attempt is about to be made."""
    before_run.send(_info(opening, attempt))


def tell_of_end(opening: Opening, attempt: int, ending: Ending) -> None:
    """A run has ended, and its record says how."""
    info = _info(opening, attempt, ending)
    after_run.send(info)
    if ending.outcome in BAD:
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
