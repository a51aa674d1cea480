"""How the beat's threads tell each other that there is something to do, or that all is quiet."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from beat_schedule.clock import Clock


class Wake:
    """Set by any thread, waited for by one.

    Several beats of one process share `event`, so that one wait is for all of them.
    """

    def __init__(self, clock: Clock, event: threading.Event | None = None) -> None:
        self._clock = clock
        #: When the pass that is being made began; None while none is.
        self._passing_since: float | None = None
        self._event = event or threading.Event()
        self._lock = threading.Lock()
        self._entries: set[str] = set()
        self._quiet = threading.Event()
        self._quiet.set()

    def all(self) -> None:
        """Look at once, whatever for."""
        self._event.set()

    def entry(self, key: str) -> None:
        """Look at that entry: its run has ended, or it is held no longer."""
        with self._lock:
            self._entries.add(key)
        self._event.set()

    def taken(self) -> set[str]:
        """The entries named since this was asked last."""
        with self._lock:
            entries, self._entries = self._entries, set()
        return entries

    def wait(self, seconds: float) -> None:
        """Until something is to do, and no longer than that."""
        self._event.wait(seconds)
        self._event.clear()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """A pass is being made: others leave the processor to it, if they can."""
        self._quiet.clear()
        self._passing_since = self._clock.monotonic()
        try:
            yield
        finally:
            self._passing_since = None
            self._quiet.set()

    def passing_for(self) -> float:
        """Seconds since the pass that is being made began; 0 while none is."""
        since = self._passing_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def wait_for_quiet(self, seconds: float) -> None:
        """Until no pass is being made, and no longer than that."""
        self._quiet.wait(seconds)
