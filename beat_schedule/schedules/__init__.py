"""When something is due: wall-clock and real-time schedules."""

from .base import Schedule

__all__ = ["Schedule"]
