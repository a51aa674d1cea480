"""Due whenever somebody looks: what `hookbeat run-due` makes of the event `always`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .base import Schedule, instant


class EachPass(Schedule):
    """Due once, at the instant `at` of a pass; to whoever compares schedules all are alike."""

    def __init__(self, at: datetime, **options: Any) -> None:
        super().__init__(**options)
        self.at = instant(at)

    @property
    def arguments(self) -> tuple[Any, ...]:
        # Of every pass the same, or each would be a change of the schedule.
        return ()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.at,)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        if instant(after) < self.at <= instant(until):
            yield self.at

    def words(self) -> str:
        return "at each pass"
