"""Counting runs as they end, by looking now and then: what began meanwhile, and what was open.

A run is counted once, however often it is looked at. What ended before the first look is not.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from beat_schedule.store.ended import Seen, open_now, seen_again, started_since
from beat_schedule.store.models import RunState

#: The clocks of workers may be so far apart, and a gate may take so long.
OVERLAP = timedelta(minutes=2)


class Tally:
    """Tells of each run that ends, once; from one thread."""

    def __init__(self, ended: Callable[[Seen], None]) -> None:
        self._ended = ended
        self._open: dict[uuid.UUID, Seen] = {}
        #: What ended and may be seen again, and when it started.
        self._counted: dict[uuid.UUID, datetime] = {}
        self._looked_at: datetime | None = None

    @property
    def open(self) -> Iterable[Seen]:
        """Those that ran or waited at the last look."""
        return self._open.values()

    def look(self, session: Session, now: datetime) -> None:
        since = (self._looked_at or now) - OVERLAP
        if self._looked_at is None:
            self._begin(open_now(session), started_since(session, since))
        else:
            found = {run.id: run for run in seen_again(session, self._open.keys())}
            found |= {run.id: run for run in started_since(session, since)}
            self._open.clear()
            for run in found.values():
                self._note(run)
        self._counted = {run: at for run, at in self._counted.items() if at >= since}
        self._looked_at = now

    def _begin(self, still_open: Iterable[Seen], newest: Iterable[Seen]) -> None:
        self._open = {run.id: run for run in still_open}
        self._counted = {run.id: run.started_at for run in newest if run.state is RunState.ENDED}

    def _note(self, run: Seen) -> None:
        if run.state is not RunState.ENDED:
            self._open[run.id] = run
        elif run.id not in self._counted:
            self._counted[run.id] = run.started_at
            self._ended(run)
