"""Telling a URL of an entry that its runs start, succeed and fail; no run waits for it."""

import atexit
import os
import threading
import uuid
from collections.abc import Iterable
from queue import SimpleQueue

from celery import signals

from beat_schedule import logs
from beat_schedule.entries import Entry

from .forking import NOT_WHILE_FORKING

#: Pings that wait at most: further ones are dropped.
MOST = 1000

#: Seconds in which the last ones are sent when the process ends.
LAST_WORDS = 1.0

log = logs.logger("hookbeat.run")

#: Whose it is, its URL, the signal, the run, and the text of a failure.
_Ping = tuple[str, str, str, uuid.UUID, str | None]


class Pings:
    """The pings of one process, sent by one thread; build another after a fork.

    Nothing here takes longer than a moment, and nothing is raised.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.follow(entries)
        self._waiting: SimpleQueue[_Ping | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_full = False
        #: Of the process that sends them: a child that was forked has none of its threads.
        self._pid = 0

    def follow(self, entries: Iterable[Entry]) -> None:
        """Ping the URLs of these entries from now on."""
        self._urls = {each.key: each.run_policy.ping for each in entries if each.run_policy.ping}

    def started(self, entry: str, run: uuid.UUID) -> None:
        """An attempt is about to be made."""
        self._put(entry, "start", run)

    def succeeded(self, entry: str, run: uuid.UUID) -> None:
        """The run has ended, and all is well."""
        self._put(entry, "", run)

    def failed(self, entry: str, run: uuid.UUID, text: str) -> None:
        """The run has ended, and there is no further attempt; the text says why."""
        self._put(entry, "fail", run, text)

    def close(self) -> None:
        """Send what waits, for a second at most."""
        if self._thread and self._pid == os.getpid():
            self._waiting.put(None)
            self._thread.join(LAST_WORDS)

    def _put(self, entry: str, signal: str, run: uuid.UUID, text: str | None = None) -> None:
        url = self._urls.get(entry)
        if not url:
            return
        if self._waiting.qsize() >= MOST:
            self._drop()
            return
        self._is_full = False
        self._waiting.put((entry, url, signal, run, text))
        self._start()

    def _drop(self) -> None:
        if not self._is_full:
            with NOT_WHILE_FORKING:
                log.warning("pings.dropped", waiting=MOST)
        self._is_full = True

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._pid = os.getpid()
                self._thread = threading.Thread(
                    target=self._send, name="hookbeat-pings", daemon=True
                )
                self._thread.start()
                # A pool's child ends without the one, any other process without the other.
                signals.worker_process_shutdown.connect(self._at_exit, weak=False)
                atexit.register(self.close)

    def _at_exit(self, **_: object) -> None:
        self.close()

    def _send(self) -> None:
        # It takes a tenth of a second, and a child forked in the middle would have half of it.
        with NOT_WHILE_FORKING:
            from beat_schedule.pinger import Pinger, ping_url  # noqa: PLC0415

            pinger = Pinger()
        while ping := self._waiting.get():
            entry, url, signal, run, text = ping
            if reason := pinger.ping(entry, ping_url(url, signal, rid=str(run)), text):
                with NOT_WHILE_FORKING:
                    log.warning("ping.failed", entry=entry, reason=reason)
        pinger.close()
