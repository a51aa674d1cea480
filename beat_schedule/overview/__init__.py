"""How an installation fares: what Redis and the record say of it, put together for people."""

from .queues import Queue
from .status import InRedis, OnRecord, Status, status_of

__all__ = ["InRedis", "OnRecord", "Queue", "Status", "status_of"]
