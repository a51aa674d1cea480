"""Hearing what runs say while they say it."""

import json
import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import redis

from beat_schedule.brokers import client_of
from beat_schedule.clock import Clock
from beat_schedule.keys import Keys
from beat_schedule.settings import Settings
from beat_schedule.store.runs import Line

#: How long Redis may take to answer.
PATIENCE = timedelta(seconds=2)

#: Seconds between two tries where Redis is away.
AGAIN = 5.0


class Ear:
    """Hears runs as soon as their workers tell of them, each second; nothing while Redis is away.

    What was said before somebody listens is told too, as far as it is kept.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = Keys(settings.prefix)
        self._runs: dict[bytes, uuid.UUID] = {}
        self._client: Any = None
        self._topics: Any = None
        self._next_try = 0.0

    def heard(self, runs: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Line]]:
        """What these runs have said since the last time."""
        told: dict[uuid.UUID, list[Line]] = {}
        try:
            for topic, text in self._messages(runs):
                lines = [Line(datetime.fromisoformat(at), *said) for at, *said in json.loads(text)]
                told.setdefault(self._runs[topic], []).extend(lines)
        except (redis.RedisError, OSError):
            self.close()
            self._next_try = self._clock.monotonic() + AGAIN
        return told

    def close(self) -> None:
        with suppress(redis.RedisError, OSError):
            for each in filter(None, (self._topics, self._client)):
                each.close()
        self._client = self._topics = None
        self._runs = {}

    def _messages(self, runs: Collection[uuid.UUID]) -> list[tuple[bytes, bytes]]:
        if self._clock.monotonic() < self._next_try:
            return []
        if self._topics is None:
            self._client = client_of(self._settings, timeout=PATIENCE)
            self._topics = self._client.pubsub()
        topics = {self._keys.said(str(run)).encode(): run for run in runs}
        if new := topics.keys() - self._runs.keys():
            self._topics.subscribe(*new)
            self._runs |= topics
        found = []
        while message := self._topics.get_message(timeout=0.0):
            if message["type"] == "message":
                found.append((message["channel"], message["data"]))
        return found
