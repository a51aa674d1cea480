"""For tests, ours and yours: when things run, running them as a clock is moved, that clock."""

from .clock import START, ManualClock
from .due import assert_runs
from .ran import Ran
from .rehearsal import Rehearsal

__all__ = ["START", "ManualClock", "Ran", "Rehearsal", "assert_runs"]
