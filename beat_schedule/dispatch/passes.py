"""One pass of the beat: look, find what is due, decide it, move the cursor.

A crash anywhere leaves the next beat to start from cursor, `last` and owing: what was sent is
noted in the same step, and what was not is still due.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import ResponseError

from beat_schedule import logs

from .agenda import Agenda
from .due import Due, due
from .errors import concerns_everybody, is_refused
from .messages import Publisher
from .periodic import PeriodicEntry
from .state import Decision, State

#: A pass is made at least this often: the cursor shows that the beat lives.
LONGEST_REST = timedelta(seconds=1)

#: An entry that could not be sent is tried again after this long.
RETRY_AFTER = timedelta(seconds=10)

log = logs.logger("hookbeat.beat")


@dataclass(slots=True)
class _Standing:
    """How far one entry is decided."""

    #: As Redis has it; the fence of the next decision.
    last: datetime
    #: Everything up to here is decided, or lay before the entry's time.
    after: datetime
    #: Its next due time.
    next: datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    due: Due
    decision: Decision


class Passes:
    """Makes passes over `entries` on one connection; after an error begin anew with a new one."""

    def __init__(
        self, entries: Mapping[str, PeriodicEntry], publisher: Publisher, state: State
    ) -> None:
        self._entries = entries
        self._publisher = publisher
        self._state = state
        self._agenda = Agenda()
        self._standing: dict[str, _Standing] = {}
        self._owing: set[str] = set()
        self._begin()

    def make(self) -> timedelta:
        """Decide everything due by now; say how long to rest until the next pass.

        Raises the errors of redis-py and kombu when Redis cannot be reached: what was due then is
        still due. An entry that cannot be sent is owed, and stops no other.
        """
        now = self._state.now()
        looked_at = self._agenda.take(now)
        plans, failed = self._plans(looked_at, now)
        answers = self._decide(plans, failed)
        self._note(plans, answers)
        if "stale" in answers.values():
            # Another beat decided meanwhile, and perhaps less than is due: read how far it got.
            # The cursor stays, or what nobody decided would lie behind it.
            self._begin()
            return timedelta(0)
        self._move_cursor(now, failed, paid=self._owing & set(answers))
        self._look_again(looked_at, failed, now)
        return self._rest()

    def _begin(self) -> None:
        """Read where the last beat stopped. An entry never seen before starts now."""
        now = self._state.now()
        cursor = self._state.cursor()
        if cursor is None:
            log.info("cursor.started", at=now.isoformat())
        self._owing = self._state.owing() & set(self._entries)
        for key, last in self._state.adopt(list(self._entries), first_seen=now).items():
            after = last
            if cursor and key not in self._owing:
                # Up to the cursor everything was looked at, so an entry that was changed, or left
                # out for a while, is not due for times at which it was not declared so.
                after = max(last, cursor - self._entries[key].spread)
            self._standing[key] = _Standing(last, after=after, next=last)
            self._plan_next(key, now)

    def _plan_next(self, key: str, now: datetime) -> None:
        entry, standing = self._entries[key], self._standing[key]
        try:
            standing.next = entry.nominal.next(standing.after)
        except Exception:
            log.exception("entry.broken", entry=key, task=entry.task)
            self._agenda.put(key, now + RETRY_AFTER)
        else:
            self._agenda.put(key, standing.next + entry.spread)

    def _plans(
        self, keys: Iterable[str], now: datetime
    ) -> tuple[dict[str, _Plan], dict[str, datetime]]:
        """What to send, and which entries could not be built with what they owe since when."""
        plans, failed = {}, {}
        for key in keys:
            try:
                plan = self._plan(key, now)
            except Exception as error:
                if concerns_everybody(error):
                    raise
                due_at = self._standing[key].next.isoformat()
                log.exception("occurrence.failed", entry=key, due_at=due_at)
                failed[key] = self._standing[key].next
            else:
                if plan:
                    plans[key] = plan
        return plans, failed

    def _plan(self, key: str, now: datetime) -> _Plan | None:
        entry, standing = self._entries[key], self._standing[key]
        found = due(entry.nominal, entry.spread, standing.after, now)
        if found is None:
            return None
        pushes = [
            push
            for due_at in found.send
            for push in self._publisher.message(entry, due_at, now).pushes
        ]
        return _Plan(found, Decision(key, standing.last, found.newest, pushes))

    def _decide(self, plans: Mapping[str, _Plan], failed: dict[str, datetime]) -> dict[str, str]:
        """Carry the plans out; where Redis refuses a chunk, one by one, to find the bad one."""
        decisions = [plan.decision for plan in plans.values()]
        try:
            return self._state.decide(decisions)
        except ResponseError as error:
            if is_refused(error):
                raise
            answers: dict[str, str] = {}
            for decision in decisions:
                try:
                    answers |= self._state.decide([decision])
                except ResponseError as refused:
                    log.error("occurrence.failed", entry=decision.entry, error=str(refused))  # noqa: TRY400
                    failed[decision.entry] = self._standing[decision.entry].next
            return answers

    def _note(self, plans: Mapping[str, _Plan], answers: Mapping[str, str]) -> None:
        for key, answer in answers.items():
            if answer == "stale":
                continue
            found, standing = plans[key].due, self._standing[key]
            standing.last = standing.after = found.newest
            if answer == "decided":
                _log_sent(key, found)

    def _move_cursor(
        self, now: datetime, failed: Mapping[str, datetime], paid: Iterable[str]
    ) -> None:
        self._state.advance(now, failed, paid)
        self._owing = (self._owing - set(paid)) | set(failed)

    def _look_again(
        self, keys: Iterable[str], failed: Mapping[str, datetime], now: datetime
    ) -> None:
        for key in keys:
            if key in failed:
                self._agenda.put(key, now + RETRY_AFTER)
            else:
                self._plan_next(key, now)

    def _rest(self) -> timedelta:
        soonest = self._agenda.soonest()
        if soonest is None:
            return LONGEST_REST
        return min(max(soonest - self._state.now(), timedelta(0)), LONGEST_REST)


def _log_sent(key: str, found: Due) -> None:
    for due_at in found.send:
        log.info("occurrence.sent", entry=key, due_at=due_at.isoformat())
    if found.coalesced:
        log.warning("occurrence.coalesced", entry=key, count=found.coalesced)
