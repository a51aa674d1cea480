"""How an installation fares: what Redis and the record say of it, put together for people."""

from .doctor import Examined, examine
from .queues import Queue
from .status import InRedis, OnRecord, Status, status_of

__all__ = ["Examined", "InRedis", "OnRecord", "Queue", "Status", "examine", "status_of"]
