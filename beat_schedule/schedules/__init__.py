"""When something is due: wall-clock and real-time schedules."""

from .base import Schedule
from .cron import Cron
from .delayed import Delayed
from .every import Every
from .foreign import Foreign

__all__ = ["Cron", "Delayed", "Every", "Foreign", "Schedule"]
