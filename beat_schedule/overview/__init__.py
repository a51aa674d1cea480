"""How an installation fares: what Redis and the record say of it, put together for people."""

from typing import TYPE_CHECKING

from beat_schedule.lazily import offered

if TYPE_CHECKING:
    from .doctor import Examined, examine
    from .queues import Queue
    from .status import InRedis, OnRecord, Status, status_of

__all__ = ["Examined", "InRedis", "OnRecord", "Queue", "Status", "examine", "status_of"]

__getattr__ = offered(
    __name__,
    {
        "doctor": ("Examined", "examine"),
        "queues": ("Queue",),
        "status": ("InRedis", "OnRecord", "Status", "status_of"),
    },
)
