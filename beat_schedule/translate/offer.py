"""What a run offers to the parameters of its function: by class, and by name.

By the names of classes and not by the classes themselves, which come with libraries that are not
needed to read hooks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Offer:
    """From what a parameter may ask for to the key of what it gets."""

    #: By the full name of a class.
    classes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: By the name of a parameter.
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Names that mean nothing of ours beside the annotation of another class.
    strict: frozenset[str] = frozenset()

    def written(self, name: str) -> str | None:
        """The key of the only class that may be meant where this is written."""
        found = {key for full, key in self.classes.items() if f".{full}".endswith(f".{name}")}
        return found.pop() if len(found) == 1 else None

    def having(self, classes: Mapping[str, str], names: Iterable[str]) -> "Offer":
        """With more classes, and more names, each its own key: what a house provides."""
        names = set(names)
        return Offer(
            classes=MappingProxyType({**self.classes, **classes}),
            names=MappingProxyType({**self.names, **{name: name for name in names}}),
            strict=self.strict - names,
        )


#: What there is in every run, without anybody providing it.
EVERY_RUN = Offer(
    classes=MappingProxyType(
        {
            "beat_schedule.runs.context.RunContext": "context",
            "sqlalchemy.orm.session.Session": "session",
            "beat_schedule.settings.Settings": "settings",
            "beat_schedule.features.Features": "features",
            "structlog.typing.FilteringBoundLogger": "log",
            "structlog.stdlib.BoundLogger": "log",
            "structlog._generic.BoundLogger": "log",
            "beat_schedule.signals.RunInfo": "run",
            "beat_schedule.clock.Clock": "clock",
            "httpx.Client": "http",
        }
    ),
    names=MappingProxyType(
        {
            "context": "context",
            "session": "session",
            "settings": "settings",
            "features": "features",
            "log": "log",
            "logger": "log",
            "due_at": "due_at",
            "run": "run",
            "clock": "clock",
            "http": "http",
        }
    ),
    strict=frozenset({"session", "settings", "features", "log", "logger", "run", "clock", "http"}),
)
