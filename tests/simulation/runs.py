"""A model of what the database knows of runs: the gate, its slots, and the taking over of the dead.

It is no more than the protocol says of it; the real one is tested elsewhere.
"""

import uuid
from dataclasses import dataclass

#: A run that showed no sign of life for so long was lost with its worker.
SILENCE = 15_000


@dataclass(slots=True)
class Run:
    """One row."""

    entry: str
    due: int
    state: str
    #: Who owns it: drawn by the worker before it asks.
    token: str = ""
    beat: int = 0
    not_before: int = 0
    lost: int = 0
    #: How often somebody finished it; never twice.
    finished: int = 0


class Runs:
    """The table of runs; instants are ms of the database's clock."""

    def __init__(self) -> None:
        self.rows: dict[uuid.UUID, Run] = {}
        self.slots: dict[str, uuid.UUID] = {}

    def gate(  # noqa: PLR0917
        self, run: uuid.UUID, entry: str, due: int, overlap: str, token: str, expires: int, now: int
    ) -> str:
        """`mine`, `closed`, `waits`, or `not now` for a message that is to be forgotten."""
        row = self.rows.get(run)
        if row and row.token == token and row.state == "running":
            return "mine"
        if row and (row.state != "waiting" or now < row.not_before):
            return "not now"
        row = self.rows.setdefault(run, Run(entry, due, "waiting"))
        if expires and now > expires:
            row.state = "expired"
            self._free(run)
            return "closed"
        if overlap != "allow" and self.slots.setdefault(entry, run) != run:
            row.state = "skipped" if overlap == "skip" else "waiting"
            row.not_before = now + 1000
            return "closed" if overlap == "skip" else "waits"
        row.state, row.token, row.beat = "running", token, now
        return "mine"

    def pulse(self, run: uuid.UUID, token: str, now: int) -> bool:
        row = self.rows[run]
        if row.token != token or row.state != "running":
            return False
        row.beat = now
        return True

    def finish(self, run: uuid.UUID, token: str) -> bool:
        """Commit, if the row is still the caller's."""
        row = self.rows[run]
        if row.token != token or row.state != "running":
            return False
        row.state = "succeeded"
        row.finished += 1
        self._free(run)
        return True

    def close(self, run: uuid.UUID, entry: str, due: int) -> None:
        """It expired while it waited, or before anybody saw it."""
        row = self.rows.setdefault(run, Run(entry, due, "waiting"))
        if row.state == "waiting":
            row.state = "expired"
            self._free(run)

    def take_over(self, now: int) -> None:
        """Let the silent ones be run again, or end them as lost."""
        for run, row in self.rows.items():
            if row.state == "running" and now - row.beat > SILENCE:
                row.lost += 1
                row.state, row.not_before = ("lost" if row.lost > 2 else "waiting"), now
                if row.state == "lost":
                    self._free(run)

    def is_over(self, run: uuid.UUID) -> bool:
        row = self.rows.get(run)
        return row is not None and row.state not in {"running", "waiting"}

    def is_open(self, run: uuid.UUID, now: int) -> bool:
        """Whether it has not started, as far as anybody knows, and may start now."""
        row = self.rows.get(run)
        return row is None or (row.state == "waiting" and row.not_before <= now)

    def _free(self, run: uuid.UUID) -> None:
        entry = self.rows[run].entry
        if self.slots.get(entry) == run:
            del self.slots[entry]
