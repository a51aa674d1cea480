"""When something is due: wall-clock and real-time schedules."""

from .any_of import AnyOf
from .base import Schedule
from .cron import Cron
from .delayed import Delayed
from .every import Every
from .foreign import Foreign

__all__ = ["AnyOf", "Cron", "Delayed", "Every", "Foreign", "Schedule"]
