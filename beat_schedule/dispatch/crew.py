"""Who could carry out what is sent: a task that no living worker knows is not sent to any.

While none lives at all, it is: whoever comes will take it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from beat_schedule.decisions import Decision
from beat_schedule.workers import SeenWorker

from .judge import Proposal
from .roster import Listed

#: Between two looks at who lives.
LOOK = timedelta(seconds=1)

#: What needs nobody: it is too late.
_OVER = {Decision.EXPIRED, Decision.MISSED}


class Workers(Protocol):
    """What Redis knows of workers; raises redis-py's errors."""

    def seen_at(self, now: datetime) -> Sequence[SeenWorker]:
        """Those that showed themselves not long ago, by Redis's time."""

    def tasks(self, digest: str) -> frozenset[str] | None:
        """The tasks that `tasks` of a worker's card stands for."""


class Crew:
    """The tasks that the living workers know, and the entries that wait for one to know theirs."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._looked_at: datetime | None = None
        #: By what workers say, the tasks that it stands for; None where they may know any.
        self._known: dict[str, frozenset[str] | None] = {}
        self._waiting: set[str] = set()

    def back(self, now: datetime) -> Collection[str]:
        """Look who lives; the entries to be looked at again where others live than before."""
        if self._looked_at and abs(now - self._looked_at) < LOOK:
            return ()
        self._looked_at = now
        said = {each.card.tasks for each in self._workers.seen_at(now) if each.is_alive}
        if said == self._known.keys():
            return ()
        self._known = {each: self._known.get(each) or self._workers.tasks(each) for each in said}
        waiting, self._waiting = self._waiting, set()
        return waiting

    def allowed(
        self, listed: Listed, proposals: Sequence[Proposal]
    ) -> tuple[Sequence[Proposal], str]:
        """Those that may be decided now, and why the others may not.

        Where nobody knows the task: what is too late by now, which says so.
        """
        if not listed.policy.tracked or self._is_known(str(listed.entry.task)):
            return proposals, ""
        self._waiting.add(listed.key)
        why = f"no worker that lives knows the task {listed.entry.task}"
        over: list[Proposal] = []
        for each in proposals:
            if each.decision not in _OVER:
                return over, why
            over.append(replace(each, reason=f"{each.reason}; {why}"))
        return over, ""

    def _is_known(self, task: str) -> bool:
        known = self._known.values()
        return not known or any(tasks is None or task in tasks for tasks in known)
