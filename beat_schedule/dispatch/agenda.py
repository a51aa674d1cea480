"""When to look at which entry again, so that a pass costs what is due, not what exists."""

import hashlib
import heapq
from datetime import datetime


class Agenda:
    """Entry keys by the instant at which they want to be looked at; the soonest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str]] = []
        self._at: dict[str, datetime] = {}

    def put(self, key: str, at: datetime) -> None:
        """Look at `key` at `at`, instead of whenever was said before."""
        self._at[key] = at
        heapq.heappush(self._heap, (at, key))

    def drop(self, key: str) -> None:
        """Look at it no more."""
        self._at.pop(key, None)

    def take(self, now: datetime) -> list[str]:
        """Remove and return what is to be looked at by `now`, the oldest first.

        Equals are shuffled, by lots that each instant draws anew: who comes last at one comes
        first at another, and every beat draws alike.
        """
        taken = []
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                taken.append((at, _lot(at, key), key))
        return [key for _, _, key in sorted(taken)]

    def soonest(self) -> datetime | None:
        """When something is to be looked at next."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None


def _lot(at: datetime, key: str) -> bytes:
    return hashlib.sha256(f"{at.timestamp()} {key}".encode()).digest()
