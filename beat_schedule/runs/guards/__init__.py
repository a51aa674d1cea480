"""Why a run may not start: the guards, in the order in which they are asked.

Each says its reason in words, or None. Overlap, and that a run started already, are the gate's.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from beat_schedule.entries import Entry
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

from .asked import Asked
from .environment import environment
from .feature import feature
from .maintenance import maintenance
from .paused import paused
from .switches import SwitchBoard, Switches

__all__ = ["ORDER", "Guards", "SwitchBoard", "Switches", "refused"]

#: The first reason wins: what a person said last comes before what the code says.
ORDER: tuple[Callable[[Asked], str | None], ...] = (paused, feature, environment, maintenance)


def refused(
    entry: Entry | None, opening: Opening, switches: Switches, settings: Settings
) -> str | None:
    """Why this run may not start now, or None; `entry` is None where this process has no such.

    A plain call of a task is no run of an entry: nothing refuses it. Nor is a run refused that
    was asked for by force.
    """
    if opening.trigger is Trigger.CALL or opening.forced:
        return None
    asked = Asked(entry, opening, switches, settings)
    return next(filter(None, (guard(asked) for guard in ORDER)), None)


class Guards:
    """What the gate asks in its own transaction, so that a database that is away refuses all."""

    def __init__(self, settings: Settings, entries: Mapping[str, Entry]) -> None:
        self.board = SwitchBoard(toggles_of(settings))
        self._settings = settings
        self._entries = entries

    def __call__(self, session: Session, opening: Opening) -> str | None:
        entry = self._entries.get(opening.entry)
        return refused(entry, opening, self.board.read(session), self._settings)

    def revision_that_passes(self, opening: Opening) -> int | None:
        """Of what was read last, if by that the run may start: whoever relies on it compares it."""
        revision, switches = self.board.known
        entry = self._entries.get(opening.entry)
        if revision < 0 or refused(entry, opening, switches, self._settings):
            return None
        return revision
