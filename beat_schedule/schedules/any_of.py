"""Several schedules as one: an entry with more than one time of day."""

import heapq
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from .base import Schedule


class AnyOf(Schedule):
    """Due whenever one of `schedules` is; once where several are due together."""

    def __init__(self, *schedules: Schedule, **clock: Any) -> None:
        super().__init__(**clock)
        self.schedules = schedules

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.schedules

    @property
    def zone(self) -> ZoneInfo | None:
        return next((each.zone for each in self.schedules if each.zone), None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of each."""
        return tuple(said for each in self.schedules for said in getattr(each, "warnings", ()))

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        due = heapq.merge(*(each.between(after, until) for each in self.schedules))
        return (due_at for due_at, _ in groupby(due))

    def seams(self, today: date) -> tuple[str, ...]:
        return tuple(said for each in self.schedules for said in each.seams(today))

    def words(self) -> str:
        return "; ".join(each.words() for each in self.schedules)
