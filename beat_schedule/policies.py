"""What is to be done with due times that are late or too many, and with runs that go wrong."""

import enum
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

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
    #: Whether they are sent, and run, also while everything is in maintenance.
    even_in_maintenance: bool = False
    #: Whether its runs pass our gate. What a stock worker runs is sent and not followed further.
    tracked: bool = True
    #: Keys that its entry had before: it goes on where the last of them stopped.
    formerly: tuple[str, ...] = ()

    def expires_at(self, due_at: datetime) -> datetime | None:
        """After this the run of a due time may not start any more."""
        return due_at + self.spread + self.expires if self.expires else None


#: Of an entry that is not ours: nothing but its sending is known.
UNTRACKED = Policy(overlap=Overlap.ALLOW, tracked=False)


def untracked(policy: Policy) -> Policy:
    """The same where nobody says when a run has ended."""
    return replace(policy, tracked=False, overlap=Overlap.ALLOW)


class Log(enum.StrEnum):
    """What is kept of what a run says."""

    ALL = "all"
    #: Nothing of a run that succeeded, and its row not for long.
    FAILURES = "failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """How the runs of one entry are guarded, repeated and watched."""

    #: How many further attempts a failed one may have.
    retries: int = 0
    #: How long the first of them waits; each later one twice as long, up to an hour, with jitter.
    retry_backoff: timedelta = timedelta(seconds=30)
    #: Dotted paths of exceptions; where there are any, no other failure is tried again.
    retry_on: tuple[str, ...] = ()
    #: How many attempts that died with their worker are made again.
    reruns: int = 2
    #: Name of the feature without which nothing runs.
    feature: str = ""
    #: Where it runs; anywhere if it names none.
    environments: tuple[str, ...] = ()
    #: Without a success for so long after a due time, somebody is told.
    expect_within: timedelta | None = None
    #: After so many failures in a row somebody is told.
    alert_after: int | None = None
    #: A URL that is told of start, success and failure.
    ping: str = field(default="", repr=False)
    log: Log = Log.ALL
