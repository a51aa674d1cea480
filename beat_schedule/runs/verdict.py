"""What came of a delivery."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from .gate import Held


@dataclass(frozen=True, slots=True)
class Carried:
    """The run is over and succeeded."""

    result: Any

    @property
    def is_over(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing came of this delivery: the run is somebody else's, or never starts."""

    reason: str
    is_over: bool = False
    #: In one word, as traces have it.
    outcome: str = "dropped"


Verdict: TypeAlias = Carried | Dropped | Held


class GoesOnError(Exception):
    """Raised by a call that ends this attempt, but not the run.

    `has_message` says that the message for the next one was sent already.
    """

    def __init__(
        self, reason: str, after: timedelta = timedelta(0), *, has_message: bool = False
    ) -> None:
        self.reason = reason
        self.after = after
        self.has_message = has_message
        super().__init__(reason)


class SkippedError(Exception):
    """Raised by what is called, before it did anything: the run ends as skipped."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
