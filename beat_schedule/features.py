"""Features as values: what an enum declares, and how they stand."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from beat_schedule.errors import NotFoundError

#: Names the enum.
SETTING = "HOOKBEAT_FEATURES"


@dataclass(frozen=True, slots=True)
class Toggle:
    """A feature as it is declared."""

    name: str
    description: str
    #: How it stands when it gets its row.
    active: bool = True


@dataclass(frozen=True, slots=True)
class Features:
    """How every feature stood at one moment."""

    rows: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    #: The names that the enum has.
    declared: frozenset[str] = frozenset()

    def is_active(self, feature: enum.Enum | str) -> bool:
        """Whether it is on; raises NotFoundError for one without a row."""
        name = name_of(feature)
        if name not in self.rows:
            raise NotFoundError(self.objection(name) or "")
        return self.rows[name]

    def objection(self, name: str) -> str | None:
        """Why nothing may run that requires it; None where it is on."""
        if name in self.rows:
            return None if self.rows[name] else f"feature {name} is off"
        if name in self.declared:
            return f"feature {name} has no row: `hookbeat migrate` makes it"
        return f"feature {name} is unknown: {SETTING} names no enum that has it"


def name_of(feature: enum.Enum | str) -> str:
    return feature.name if isinstance(feature, enum.Enum) else feature
