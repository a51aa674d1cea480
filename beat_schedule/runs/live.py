"""Letting whoever follows a run hear what it says while it says it; no run waits for that.

On record it is when its attempt ends. Until then it goes over a topic, each second, and only while
somebody listens there.
"""

import json
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis

from beat_schedule.brokers import client_of
from beat_schedule.keys import Keys
from beat_schedule.plain import plain_text
from beat_schedule.settings import Settings
from beat_schedule.store.runs import Line

from .lines import Lines

#: Between two looks whether somebody listens: shorter runs are not asked about.
EVERY = timedelta(seconds=1)

#: How long Redis may take to answer.
PATIENCE = timedelta(milliseconds=500)


@dataclass(slots=True)
class _Said:
    lines: Lines
    #: Who listened at the last look.
    listeners: int = 0
    #: So many lines they have been told.
    told: int = 0


class Live:
    """The runs that this process carries out, and a thread that tells of them while there are any.

    Belongs to one process: build another after a fork.
    """

    def __init__(self, settings: Settings, every: timedelta = EVERY) -> None:
        self._settings = settings
        self._keys = Keys(settings.prefix)
        self._every = every.total_seconds()
        self._runs: dict[uuid.UUID, _Said] = {}
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @contextmanager
    def told_of(self, run: uuid.UUID, lines: Lines) -> Iterator[None]:
        """Let those who listen hear these lines meanwhile."""
        # Without a lock, which a signal or a fork might leave locked: at worst two threads tell.
        self._runs[run] = _Said(lines)
        if self._thread is None:
            self._thread = threading.Thread(target=self._tell, name="hookbeat-live", daemon=True)
            self._thread.start()
        try:
            yield
        finally:
            self._runs.pop(run, None)

    def close(self) -> None:
        """Tell nobody any more."""
        self._closed.set()

    def _tell(self) -> None:
        with client_of(self._settings, timeout=PATIENCE) as client:
            while not self._closed.wait(self._every):
                if not self._runs:
                    self._thread = None
                    # One may have come in this moment.
                    if not self._runs:
                        return
                # It is all on record later.
                with suppress(redis.RedisError, OSError):
                    self._tell_of(client, self._runs.copy())

    def _tell_of(self, client: Any, runs: dict[uuid.UUID, _Said]) -> None:
        topics = {self._keys.said(str(run)): said for run, said in runs.items()}
        for topic, listeners in client.pubsub_numsub(*topics):
            said = topics[topic.decode()]
            if listeners > said.listeners:
                # Whoever has just come knows nothing yet; the others know what they heard.
                said.told = 0
            said.listeners = listeners
            if listeners:
                lines, said.told = said.lines.after(said.told)
                if lines:
                    client.publish(topic, _text(lines))


def _text(lines: Iterable[Line]) -> str:
    return json.dumps([[each.at.isoformat(), each.level, plain_text(each.text)] for each in lines])
