"""Holds and features as they stand: asked for anew only when their revision has risen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy.orm import Session

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.features import Features
from beat_schedule.store import revision
from beat_schedule.store.features import states
from beat_schedule.store.holds import every_hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What people have switched, as of one moment."""

    #: By target; also those whose time is over.
    holds: Mapping[str, Hold] = field(default_factory=lambda: MappingProxyType({}))
    features: Features = field(default_factory=Features)

    @property
    def maintenance(self) -> Hold | None:
        """That of everything, also when its time is over."""
        held = self.holds.get(EVERYTHING)
        return held if held and held.kind is HoldKind.MAINTENANCE else None


class SwitchBoard:
    """Remembers the switches by their revision; may be asked by several threads."""

    def __init__(self, declared: Iterable[str] = ()) -> None:
        self._declared = frozenset(declared)
        self._known: tuple[int, Switches] = (-1, Switches(features=Features({}, self._declared)))

    @property
    def latest(self) -> Switches:
        """As they were read last."""
        return self._known[1]

    @property
    def known(self) -> tuple[int, Switches]:
        """The same with their revision; that is -1 before they were ever read."""
        return self._known

    def read(self, session: Session) -> Switches:
        """One tiny question where nothing has changed since; else one more of each table."""
        # First: what is read after it may be newer than it says, and never older.
        number = revision.number(session)
        if number != self._known[0]:
            holds = {hold.target: hold for hold in every_hold(session)}
            features = states(session, self._declared)
            switches = Switches(holds=MappingProxyType(holds), features=features)
            self._known = (number, switches)
            return switches
        return self._known[1]
