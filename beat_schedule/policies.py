"""What is to be done with due times that are late, in the way of a run, or too many."""

import enum
from dataclasses import dataclass, replace
from datetime import timedelta

#: How late a due time may be and still run; the first for schedules of a day and longer.
WINDOW_OF_DAYS = timedelta(days=1)
WINDOW = timedelta(hours=1)


class CatchUp(enum.StrEnum):
    """What becomes of due times that nobody could look at in time."""

    #: The newest runs, for all of them.
    ONCE = "once"
    #: None runs.
    NONE = "none"
    #: Each runs, one after the other, up to a limit.
    ALL = "all"


class Overlap(enum.StrEnum):
    """What becomes of a due time while an earlier run of its entry has not ended."""

    #: It does not run.
    SKIP = "skip"
    #: It waits until that run has ended.
    QUEUE = "queue"
    #: It runs beside it.
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the due times of one entry are decided."""

    catch_up: CatchUp = CatchUp.ONCE
    #: Of `all`: how many of the newest run.
    catch_up_limit: int = 100
    #: A due time later than this does not run any more.
    catch_up_window: timedelta = WINDOW
    overlap: Overlap = Overlap.SKIP
    #: A run that has not started this long after its due time never will; None for no such limit.
    expires: timedelta | None = None
    #: How long after its due time an occurrence is sent: only delays, never moves `due_at`.
    spread: timedelta = timedelta(0)
    #: Whether its runs pass our gate. What a stock worker runs is sent and not followed further.
    tracked: bool = True


#: Of an entry that is not ours: nothing but its sending is known.
UNTRACKED = Policy(overlap=Overlap.ALLOW, tracked=False)


def untracked(policy: Policy) -> Policy:
    """The same where nobody says when a run has ended."""
    return replace(policy, tracked=False, overlap=Overlap.ALLOW)
