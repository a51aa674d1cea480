"""The entries that a worker knows: the code's, and of those made at run time what runs tell."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from beat_schedule import logs
from beat_schedule.entries import Entry, by_every_name
from beat_schedule.errors import EntryError
from beat_schedule.settings import Settings
from beat_schedule.translate.said import Workshop

#: Entries made at run time that are remembered: more than a process has runs in hand.
REMEMBERED = 1_000

log = logs.logger("hookbeat.run")


class Known(Mapping[str, Entry]):
    """By every key an entry has or had; what is iterated over is the code's alone."""

    def __init__(self, entries: Iterable[Entry], settings: Settings) -> None:
        self._declared = by_every_name(entries)
        self._workshop = Workshop(settings)
        self._heard: dict[str, Entry] = {}

    def hear(self, task: str, headers: Mapping[str, Any]) -> None:
        """What a run's message tells of its entry."""
        key, told = headers.get("hookbeat_entry"), headers.get("hookbeat_told")
        if isinstance(key, str) and isinstance(told, str):
            self.learn(key, task, told)

    def learn(self, key: str, task: str, told: str) -> None:
        """What is told of an entry, where no code declares it."""
        if not told or key in self._declared:
            return
        known = self._heard.get(key)
        if known is None or (known.told, known.task) != (told, task):
            self._remember(key, task, told)

    def __getitem__(self, key: str) -> Entry:
        return self._declared.get(key) or self._heard[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def _remember(self, key: str, task: str, told: str) -> None:
        try:
            entry = self._workshop.told(key, task, told)
        except (EntryError, ValueError) as error:
            # Of another version: it runs as one of which nothing is known.
            log.warning("entry.not_understood", entry=key, reason=str(error))
            return
        while len(self._heard) >= REMEMBERED:
            self._heard.pop(next(iter(self._heard)), None)
        self._heard[key] = entry
