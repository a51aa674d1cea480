"""How the beat's other threads tell its passes that there is something to do."""

import threading


class Wake:
    """Set by any thread, waited for by one."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._entries: set[str] = set()

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
