"""What the beat asks of the record; the store answers, and the beat knows no SQL."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from beat_schedule.decisions import Checkpoint, Decided, Definition, Hold, Running, Sent


class Decisions(Protocol):
    """What was decided, and how far; every method raises `errors.RecordAwayError`."""

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

    def definitions(self, after: int, most: int) -> Sequence[Definition]:
        """What operators said later than version `after`, in its order; so many at most."""

    def now(self) -> datetime:
        """The database server's own clock."""


class OpenRuns(Protocol):
    """The runs that have not ended; every method raises `errors.RecordAwayError`."""

    def unstarted(self, before: datetime, entries: Collection[str]) -> Sequence[Sent]:
        """What was sent before then for tracked runs of these entries, and has no row.

        Of very many those that were sent first.
        """

    def waiting(self, now: datetime, entries: Collection[str]) -> Sequence[Sent]:
        """Runs of these entries that wait in their row, and whose next attempt may start."""

    def awaited(self, runs: Iterable[uuid.UUID], now: datetime) -> set[uuid.UUID]:
        """Which of these runs were sent, have not started or wait, and may still start at `now`."""

    def settled(self, runs: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Which of these runs have ended."""

    def running(self) -> Sequence[Running]:
        """Every run that is under way, and its last sign of life.

        While this answers, workers could give one.
        """

    def take_over(self, dead: Running, now: datetime) -> str | None:
        """Let a run go on whose worker died, or end it as lost; how it stands then.

        None if it showed itself since `dead` was read, or ended: compare-and-set.
        """

    def expire(self, now: datetime, tasks: Mapping[str, str]) -> int:
        """End what was not started in time, of these entries and their tasks; how many runs."""

    def abandon(self, before: datetime, now: datetime, entries: Collection[str]) -> int:
        """End as cancelled what has waited since then, and for none of these entries; how many."""

    def hand_over(self, successors: Mapping[str, str], now: datetime) -> None:
        """By keys that entries had before: let the key of now have what counted under those.

        Runs of the old one keep those of the new one from starting, and what operators said of it
        is said of the new one, unless they have their own.
        """

    def note_sent_again(self, runs: Iterable[uuid.UUID], now: datetime) -> None:
        """Write into the story of each of these runs that it was sent once more."""


class Record(Decisions, OpenRuns, Protocol):
    """The database as the beat sees it."""
