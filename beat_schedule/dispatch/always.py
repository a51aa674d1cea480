"""Entries of the event `always`, as a pass without a beat has them: due at its own instant."""

import copy
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.schedules import Bounded, EachPass, Governed, Schedule

from .definitions import Maker
from .periodic import PeriodicEntry


class Always:
    """Those of `keys`; but for what an operator put on another schedule."""

    def __init__(
        self, entries: Mapping[str, PeriodicEntry], keys: Collection[str], at: datetime
    ) -> None:
        self._declared = {key: _core(entries[key].nominal) for key in keys if key in entries}
        # Whole milliseconds, as Redis keeps what is decided: or it would be due once more.
        self._each = EachPass(from_millis(to_millis(at)))

    def among(self, entries: Mapping[str, PeriodicEntry]) -> dict[str, PeriodicEntry]:
        """All of them, and these due now."""
        return {key: self._due(entry) for key, entry in entries.items()}

    def made_by(self, make: Maker | None) -> Maker | None:
        """The same of what is made of operators' words."""
        return make and (lambda said: (entry := make(said)) and self._due(entry))

    def _due(self, entry: PeriodicEntry) -> PeriodicEntry:
        nominal = entry.nominal
        if self._declared.get(entry.key) != _core(nominal):
            return entry
        bounded = isinstance(nominal, Bounded)
        within = Bounded(self._each, nominal.not_before, nominal.not_after) if bounded else None
        found: Any = copy.copy(entry)
        found.schedule = Governed(within or self._each, entry.policy)
        due: PeriodicEntry = found
        return due


def _core(schedule: Schedule) -> Schedule:
    return schedule.schedule if isinstance(schedule, Bounded) else schedule
