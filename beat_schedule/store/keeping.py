"""How long what is on record stays there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from .spent import Once

DAY = timedelta(days=1)

#: Nothing goes that is younger. By its row the gate knows a run whose message comes once more: from
#: a worker that was frozen, from a queue that was put back, from a Redis that went back.
LEAST = 2 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Ages are counted from the end of a run, and from the last due time of a decision."""

    runs: timedelta
    failures: timedelta
    #: Of one entry: so many that did not fail, and as many that failed.
    per_entry: int
    decisions: timedelta
    #: Who changed what, and what operators said and took back.
    audit: timedelta
    #: Entries that had another key before: that nothing is said of them counts for ever.
    renamed: frozenset[str] = frozenset()
    #: Entries whose successes stay no longer than they must.
    brief: frozenset[str] = frozenset()
    #: Entries that operators made to be due once.
    once: Mapping[str, Once] = field(default_factory=lambda: MappingProxyType({}))
    #: By entry: nothing of it goes that is younger.
    least: Mapping[str, timedelta] = field(default_factory=lambda: MappingProxyType({}))
    #: The same of any other entry.
    least_of_others: timedelta = LEAST

    def least_of(self, entry: str) -> timedelta:
        return self.least.get(entry, self.least_of_others)

    @property
    def longest(self) -> timedelta:
        """What befell any run that may still be on record is no older."""
        return max(self.runs, self.failures, self.least_of_others, *self.least.values(), DAY)
