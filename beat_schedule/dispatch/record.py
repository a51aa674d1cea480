"""What the beat asks of the record; the store answers, and the beat knows no SQL."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from beat_schedule.decisions import Checkpoint, Decided, Hold, Sent


class Record(Protocol):
    """The database as the beat sees it; every method raises `errors.RecordAwayError`."""

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint; None in a database that never had one."""

    def begin(self, install: str) -> str:
        """Give a new database its install id; returns the one that stands, if one already did."""

    def keep(
        self,
        decided: Sequence[Decided],
        holds: Sequence[Hold],
        checkpoint: Checkpoint | None,
    ) -> None:
        """Write down, in one transaction, what a drain read; doing it twice changes nothing.

        Of two decisions of one due time `sent` wins, else the first; of two holds of one target
        the newer version. A checkpoint never falls; under another install id than the one that
        stands nothing is written, and OtherInstallError is raised.
        """

    def decided_after(self, instant: datetime) -> Mapping[str, datetime]:
        """For each entry with a decided due time later than that: the newest of them.

        An entry starts again its spread before the cursor: ask from the longest spread before it.
        """

    def holds(self) -> Sequence[Hold]:
        """Every hold there ever was, as it stands: also one that has ended."""

    def now(self) -> datetime:
        """The database server's own clock."""

    def unstarted(self, before: datetime, entries: Iterable[str]) -> Sequence[Sent]:
        """What was sent before then for tracked runs of these entries, and has not started.

        That is, it has no row or a waiting one. Of very many those that were sent first.
        """

    def awaited(self, runs: Iterable[uuid.UUID], now: datetime) -> set[uuid.UUID]:
        """Which of these runs were sent, have not started, and may still start at `now`."""

    def settled(self, runs: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Which of these runs have ended."""
