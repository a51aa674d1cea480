"""A model of the table of runs: gate, slots, signs of life, and the taking over of the dead.

Held to the real one by test_ledger.py.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from beat_schedule.policies import Overlap
from beat_schedule.store.gate import SLOT_PAUSE

#: Attempts that may be lost, and that may fail.
RERUNS, RETRIES = 2, 2


@dataclass(slots=True)
class Run:
    """One row; instants in ms of the database's clock."""

    entry: str
    due: int
    expires: int
    state: str
    outcome: str = ""
    attempt: int = 1
    #: Who owns it: drawn by the worker before it asks.
    token: str = ""
    beat: int = 0
    #: When its worker last showed itself.
    shown_at: int = 0
    not_before: int = 0
    lost: int = 0
    failed: int = 0
    #: How often somebody finished it; never twice.
    finished: int = 0


class Runs:
    """Rows by id, and who has the slot of each entry."""

    def __init__(self) -> None:
        self.rows: dict[uuid.UUID, Run] = {}
        self.slots: dict[str, uuid.UUID] = {}

    def gate(  # noqa: PLR0917
        self, run: uuid.UUID, entry: str, due: int, overlap: str, token: str, expires: int, now: int
    ) -> str:
        """`mine`, `closed`, `not now` or `started`: what becomes of a delivery."""
        if expires and now > expires:
            return self._closed(run, Run(entry, due, expires, "ended", "expired"))
        row = self.rows.get(run)
        if row and (row.state != "waiting" or now < row.not_before):
            return _told(row, token)
        if overlap != Overlap.ALLOW and self.slots.setdefault(entry, run) != run:
            if overlap == Overlap.SKIP:
                return self._closed(run, Run(entry, due, expires, "ended", "skipped"))
            row = self.rows.setdefault(run, Run(entry, due, expires, "waiting", attempt=0))
            row.not_before = now + int(SLOT_PAUSE.total_seconds() * 1000)
            return "not now"
        if row is None:
            row = self.rows[run] = Run(entry, due, expires, "running")
        else:
            row.attempt += 1
        row.state, row.token, row.shown_at = "running", token, now
        return "mine"

    def sign_of_life(self, run: uuid.UUID, token: str, now: int) -> bool:
        row = self.rows[run]
        if not _is_owned(row, token):
            return False
        row.beat, row.shown_at = row.beat + 1, now
        return True

    def finish(self, run: uuid.UUID, token: str) -> str:
        """Commit, if the row is still the caller's; how it stands then."""
        row = self.rows[run]
        if _is_owned(row, token):
            row.finished += 1
            self._end(run, row, "succeeded")
        return row.outcome or row.state

    def fail(self, run: uuid.UUID, token: str, not_before: int) -> str:
        """End an attempt that failed; how the run stands then."""
        row = self.rows[run]
        if _is_owned(row, token):
            row.failed += 1
            if row.failed > RETRIES:
                self._end(run, row, "failed")
            else:
                row.state, row.not_before = "waiting", not_before
        return row.outcome or row.state

    def give_back(self, run: uuid.UUID, token: str, not_before: int) -> str:
        row = self.rows[run]
        if _is_owned(row, token):
            row.state, row.not_before = "waiting", not_before
        return row.outcome or row.state

    def take_over(self, run: uuid.UUID, token: str, beat: int, now: int) -> str | None:
        """Compare-and-set: None if it showed itself meanwhile, or is somebody else's."""
        row = self.rows[run]
        if not _is_owned(row, token) or row.beat != beat:
            return None
        row.lost += 1
        if row.lost > RERUNS:
            self._end(run, row, "lost")
        else:
            row.state, row.not_before = "waiting", now
        return row.outcome or row.state

    def expire(self, run: uuid.UUID, entry: str, due: int, expires: int) -> None:
        """It was not started in time, or not again."""
        self._closed(run, Run(entry, due, expires, "ended", "expired"))

    def running(self) -> Iterable[tuple[uuid.UUID, Run]]:
        return ((run, row) for run, row in self.rows.items() if row.state == "running")

    def waiting(self, now: int) -> Iterable[tuple[uuid.UUID, Run]]:
        """Those whose next attempt may start."""
        return (
            (run, row)
            for run, row in self.rows.items()
            if row.state == "waiting" and row.not_before <= now
        )

    def is_over(self, run: uuid.UUID) -> bool:
        row = self.rows.get(run)
        return row is not None and row.state == "ended"

    def _closed(self, run: uuid.UUID, closed: Run) -> str:
        row = self.rows.setdefault(run, closed)
        if row is not closed and row.state != "waiting":
            return "started"
        self._end(run, row, closed.outcome)
        return "closed"

    def _end(self, run: uuid.UUID, row: Run, outcome: str) -> None:
        row.state, row.outcome = "ended", outcome
        if self.slots.get(row.entry) == run:
            del self.slots[row.entry]


def _is_owned(row: Run, token: str) -> bool:
    return row.state == "running" and row.token == token


def _told(row: Run, token: str) -> str:
    if row.state == "waiting":
        return "not now"
    return "mine" if _is_owned(row, token) else "started"
