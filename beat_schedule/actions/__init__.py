"""What people may ask of a running installation, and do to it."""

from .finding import check_call, find_entry, find_target, instant_at
from .holding import (
    SAID,
    Resumed,
    Skipped,
    UnheldError,
    hold_of,
    in_force,
    pause,
    resume,
    skip,
)
from .maintenance import begin_maintenance, end_maintenance
from .reaching import operator_of
from .running import Answer, run_now

__all__ = [
    "SAID",
    "Answer",
    "Resumed",
    "Skipped",
    "UnheldError",
    "begin_maintenance",
    "check_call",
    "end_maintenance",
    "find_entry",
    "find_target",
    "hold_of",
    "in_force",
    "instant_at",
    "operator_of",
    "pause",
    "resume",
    "run_now",
    "skip",
]
