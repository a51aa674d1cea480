"""What every guard is asked about."""

from dataclasses import dataclass
from datetime import datetime

from beat_schedule.decisions import Hold
from beat_schedule.entries import Entry
from beat_schedule.settings import Settings
from beat_schedule.store.models import Trigger
from beat_schedule.store.runs import Opening

from .switches import Switches


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that is about to start."""

    #: None where this process has no such entry: then what might hold it back does.
    entry: Entry | None
    opening: Opening
    switches: Switches
    settings: Settings

    @property
    def now(self) -> datetime:
        return self.opening.started_at

    @property
    def is_scheduled(self) -> bool:
        """Not asked for by a person."""
        return self.opening.trigger is Trigger.SCHEDULE

    def hold(self, target: str) -> Hold | None:
        """What holds `target` now."""
        held = self.switches.holds.get(target)
        is_over = held and held.until and self.now >= held.until
        return None if is_over else held
