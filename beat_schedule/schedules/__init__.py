"""When something is due: wall-clock and real-time schedules."""

from .any_of import AnyOf
from .at import At
from .base import Schedule
from .bounded import Bounded
from .clock_fields import Fields
from .cron import Cron
from .each_pass import EachPass
from .every import Every
from .fingerprint import fingerprint
from .foreign import Foreign
from .gaps import default_window, shortest_gap
from .governed import Governed
from .modulus import Modulus
from .wall import Dst

__all__ = [
    "AnyOf",
    "At",
    "Bounded",
    "Cron",
    "Dst",
    "EachPass",
    "Every",
    "Fields",
    "Foreign",
    "Governed",
    "Modulus",
    "Schedule",
    "default_window",
    "fingerprint",
    "shortest_gap",
]
