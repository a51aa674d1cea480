"""How far the queues have come: of each list, when the message of ours was queued that is next."""

import json
from datetime import datetime
from functools import cache

from .state import State

#: Messages that are looked at for one of ours: others may send to the same queue.
MOST = 100


class Heads:
    """One look at the lists, each asked once; raises redis-py's errors."""

    def __init__(self, state: State) -> None:
        self._next_in = cache(lambda key: state.next_in(key, MOST))

    def have_passed(self, key: str, queued_at: datetime) -> bool:
        """Whether what was queued then has left that list; lists are FIFO.

        Behind so many messages of others it is believed to lie there still.
        """
        found = self._next_in(key)
        ours = next(filter(None, map(_queued_at, found)), None)
        return len(found) < MOST if ours is None else ours > queued_at


def _queued_at(message: bytes) -> datetime | None:
    """When a message of ours was queued; None for anybody else's."""
    try:
        return datetime.fromisoformat(json.loads(message)["headers"]["hookbeat_queued_at"])
    except (ValueError, KeyError, TypeError):
        return None
