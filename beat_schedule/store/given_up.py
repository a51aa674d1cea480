"""Runs that the leader ends: nobody started them in time, or nothing can start them any more."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from .asking import Asker, asked
from .models import Occurrence, Outcome, Run, RunState, Trigger
from .open_runs import HAS_NO_ROW, MOST, WAITS
from .upsert import insert_into

#: What was to start before it expired and did not is closed after this long.
TOO_LATE = timedelta(seconds=30)


class GivenUp(Asker):
    """A transaction for each call, and every method raises RecordAwayError."""

    def expire(self, now: datetime, tasks: Mapping[str, str]) -> int:
        """Close what was not started in time; how many. `tasks` are those of the entries."""
        before = now - TOO_LATE
        with asked(self._readers) as session:
            late = or_(_late_unstarted(before).exists(), _late_waiting(before).exists())
            if not session.scalar(select(late)):
                return 0
        with asked(self._writers) as session:
            never = {"outcome": Outcome.EXPIRED, "reason": "no worker started it in time"}
            again = {"outcome": Outcome.EXPIRED, "reason": "its next attempt was too late"}
            closed = _close_unstarted(session, _late_unstarted(before), now, tasks, **never)
            return closed + _close_waiting(session, _late_waiting(before), now, **again)

    def abandon(self, before: datetime, now: datetime, entries: Collection[str]) -> int:
        """End what waits since before then for nothing; how many.

        As cancelled what was sent for none of these entries, and what waits in its row for none of
        them; as lost a plain call whose message nobody can send again. 1,000 of each at most.
        """
        with asked(self._readers) as session:
            sent = _others(session, _old_unstarted(before), entries)
            waits = _others(session, _old_waiting(before), entries)
            calls = session.scalars(_old_calls(before).limit(MOST)).all()
        if not sent and not waits and not calls:
            return 0
        end = {"outcome": Outcome.CANCELLED, "reason": "its entry is declared no more"}
        with asked(self._writers) as session:
            unstarted = select(Occurrence).where(Occurrence.run.in_(sent), HAS_NO_ROW)
            never = _close_unstarted(session, unstarted, now, {}, **end)
            gone = {"outcome": Outcome.LOST, "reason": "its message did not come back"}
            return (
                never
                + _close_waiting(session, _waits_among(waits), now, **end)
                + _close_waiting(session, _waits_among(calls), now, **gone)
            )


def _others(
    session: Session, question: Select[Any, Any], entries: Collection[str]
) -> list[uuid.UUID]:
    """Of other entries than these."""
    with session.execute(question.execution_options(yield_per=MOST)) as found:
        return list(islice((run for run, entry in found if entry not in entries), MOST))


def _old_unstarted(before: datetime) -> Select[Any, Any]:
    return select(Occurrence.run, Occurrence.entry).where(
        Occurrence.awaited_since < before, HAS_NO_ROW
    )


def _old_waiting(before: datetime) -> Select[Any, Any]:
    return select(Run.id, Run.entry).where(
        WAITS, Run.trigger != Trigger.CALL, Run.not_before < before
    )


def _old_calls(before: datetime) -> Select[Any]:
    return select(Run.id).where(WAITS, Run.trigger == Trigger.CALL, Run.not_before < before)


def _waits_among(runs: Collection[uuid.UUID]) -> Select[Any]:
    return select(Run).where(WAITS, Run.id.in_(runs))


def _late_unstarted(before: datetime) -> Select[Any]:
    return select(Occurrence).where(
        Occurrence.awaited_since.is_not(None), Occurrence.expires_at < before, HAS_NO_ROW
    )


def _late_waiting(before: datetime) -> Select[Any]:
    return select(Run).where(WAITS, Run.expires_at < before)


def _close_unstarted(
    session: Session,
    question: Select[Any],
    now: datetime,
    tasks: Mapping[str, str],
    **end: Any,
) -> int:
    late = session.scalars(question.limit(MOST)).all()
    if late:
        # The row first, as at the gate: two that lock in another order wait for each other.
        insert = insert_into(session, Run).on_conflict_do_nothing()
        session.execute(insert, [_never_started(each, now, tasks) | end for each in late])
    for each in late:
        each.awaited_since = None
    return len(late)


def _never_started(late: Occurrence, now: datetime, tasks: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": late.run,
        "entry": late.entry,
        "task": tasks.get(late.entry, ""),
        "due_at": late.first_due,
        "trigger": Trigger.SCHEDULE,
        "queue": late.queue,
        "state": RunState.ENDED,
        "attempt": 0,
        "attempt_token": uuid.uuid4(),
        "beat": 0,
        "lost_count": 0,
        "failed_count": 0,
        "reruns": 0,
        "queued_at": late.decided_at,
        "started_at": now,
        "finished_at": now,
        "expires_at": late.expires_at,
        "worker": "",
        "args": [],
        "kwargs": {},
        "counts": {},
    }


def _close_waiting(session: Session, question: Select[Any], now: datetime, **end: Any) -> int:
    late = session.scalars(question.limit(MOST).with_for_update(skip_locked=True)).all()
    for run in late:
        run.state, run.finished_at = RunState.ENDED, now
        run.outcome, run.reason = end["outcome"], end["reason"]
        run.slot = run.not_before = None
    return len(late)
