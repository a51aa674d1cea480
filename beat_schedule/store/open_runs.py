"""Runs that have not ended, as the leader asks for them: never started, waiting, or under way."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import RowMapping, Select, and_, exists, literal_column, or_, select
from sqlalchemy.orm import Session

from beat_schedule.decisions import Repeat, Running, Sent, is_drawn

from .asking import Asker, asked
from .endings import end_attempt
from .events import note_event
from .models import Occurrence, Outcome, Run, RunState, Trigger
from .occurrences import chunks
from .runs import TRACE, Again, Ending
from .successors import (
    hand_over_override,
    hand_over_slot,
    overrides_to_hand_over,
    slots_to_hand_over,
)

#: Of what never started: so many at once, the oldest first.
MOST = 1000

#: Nothing is sent so much later than what is asked for: Redis's clock was set back meanwhile.
AHEAD = timedelta(minutes=2)

#: How long the message of a task that retries itself may be on its way.
OWN_MESSAGE = timedelta(minutes=1)

# Spelt out, or the planner could not see that the small indexes will do.
WAITS = Run.state == literal_column("'waiting'")
#: It was sent, has its row and never started.
QUEUED = and_(Run.has_message, Run.attempt == 0)
_RUNS = Run.state == literal_column("'running'")

_SENT: list[Any] = [
    Occurrence.entry,
    Occurrence.first_due.label("due_at"),
    Occurrence.run,
    Occurrence.queue,
    Occurrence.step,
    Occurrence.decided_at,
    Occurrence.expires_at,
]
_WAITING: list[Any] = [
    Run.entry,
    Run.due_at,
    Run.id,
    Run.queue,
    Run.not_before,
    Run.expires_at,
    Run.trigger,
    Run.slot,
    Run.args,
    Run.kwargs,
    Run.attempt,
    Run.lost_count,
    Run.forced,
    Run.versions,
    Run.has_message,
    Run.queued_at,
]
HAS_NO_ROW = ~exists().where(Run.id == Occurrence.run)


class OpenRuns(Asker):
    """A transaction for each call; every method raises RecordAwayError."""

    def unstarted(self, before: datetime, entries: Collection[str]) -> Sequence[Sent]:
        """What was sent before then for tracked runs of these entries, and has no row.

        The 1,000 that were sent first.
        """
        # What was noted by a clock that was ahead would else seem new for as long as it was ahead.
        is_old = or_(Occurrence.decided_at < before, Occurrence.decided_at > before + AHEAD)
        question = (
            select(*_SENT)
            .where(Occurrence.awaited_since.is_not(None), is_old, HAS_NO_ROW)
            .order_by(Occurrence.decided_at)
        )
        with asked(self._readers) as session:
            return [Sent(**row) for row in _first(session, question, entries)]

    def waiting(self, now: datetime, entries: Collection[str]) -> Sequence[Sent]:
        """Runs of these entries whose next attempt may start; 1,000 at most, the oldest first."""
        question = (
            select(*_WAITING)
            .where(WAITS, Run.trigger != Trigger.CALL)
            .where(Run.not_before <= now)
            # Celery's own retry brings its own arguments: let it come first.
            .where(~Run.has_message | (Run.not_before <= now - OWN_MESSAGE))
            .order_by(Run.not_before)
        )
        with asked(self._readers) as session:
            return [_waiting(row) for row in _first(session, question, entries)]

    def awaited(self, runs: Iterable[uuid.UUID], now: datetime) -> set[uuid.UUID]:
        """Which of these runs were sent, have not started, and may still start at `now`.

        Not those that somebody asked for, one by one: what is due is not to wait for long for what
        perhaps no worker ever takes.
        """
        runs = set(runs)
        by_hand = {run for run in runs if is_drawn(run)}
        sent = select(Occurrence.run).where(
            Occurrence.awaited_since.is_not(None),
            HAS_NO_ROW,
            or_(Occurrence.expires_at.is_(None), Occurrence.expires_at > now),
        )
        waiting = select(Run.id).where(WAITS)
        return (
            self._among(runs, sent)
            | self._among(runs - by_hand, waiting)
            | self._among(by_hand, waiting.where(~QUEUED))
        )

    def settled(self, runs: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Which of these runs have ended."""
        return self._among(runs, select(Run.id).where(Run.state == RunState.ENDED))

    def running(self) -> Sequence[Running]:
        """Every run that is under way, and its last sign of life."""
        question = select(
            Run.id.label("run"), Run.entry, Run.worker, Run.attempt_token.label("token"), Run.beat
        ).where(_RUNS)
        # On SQLite whoever asks takes the one right to write: while somebody else has it, no worker
        # could give a sign, and none must be missed.
        with asked(self._writers) as session:
            return [Running(**row) for row in session.execute(question).mappings()]

    def take_over(self, dead: Running, now: datetime) -> str | None:
        """Let a run go on whose worker died, or end it as lost; how it stands then.

        None if it showed itself meanwhile, or ended, or if somebody has its row locked: that one is
        just ending it, or was cut off while it did, and must not hold up all others.
        """
        with asked(self._writers) as session:
            row = session.get(Run, dead.run, with_for_update={"skip_locked": True})
            if row is None or row.beat != dead.beat:
                return None
            reason = f"{dead.worker} gave no sign of life any more"
            ending = Ending(outcome=Outcome.LOST, finished_at=now, reason=reason)
            again = Again(times=row.reruns, not_before=now)
            stands = end_attempt(session, dead.run, dead.token, ending, again)
            if stands:
                note_event(session, dead.run, "taken over", reason, now)
            return str(stands) if stands else None

    def hand_over(self, successors: Mapping[str, str], now: datetime) -> None:
        """Let new keys have what keeps runs of the old ones alone, and what operators said."""
        with asked(self._readers) as session:
            slots = slots_to_hand_over(session, successors)
            overrides = overrides_to_hand_over(session, successors)
        if not slots and not overrides:
            return
        with asked(self._writers) as session:
            for former in slots:
                hand_over_slot(session, former, successors[former])
            for former in overrides:
                hand_over_override(session, former, successors[former], now)

    def note_sent_again(self, runs: Iterable[uuid.UUID], now: datetime) -> None:
        with asked(self._writers) as session:
            for run in runs:
                note_event(session, run, "sent again", "no worker had started it", now)

    def _among(self, runs: Iterable[uuid.UUID], found: Select[Any]) -> set[uuid.UUID]:
        """Those of `runs` that are found."""
        run = found.selected_columns[0]
        with asked(self._readers) as session:
            return {
                each
                for chunk in chunks(runs)
                for each in session.scalars(found.where(run.in_(chunk)))
            }


def _first(session: Session, question: Select[Any], entries: Collection[str]) -> list[RowMapping]:
    """The first of these entries, however many others come before them."""
    with session.execute(question.execution_options(yield_per=MOST)) as found:
        rows = (row for row in found.mappings() if row["entry"] in entries)
        return list(islice(rows, MOST))


def _waiting(row: RowMapping) -> Sent:
    retries = row["attempt"] - row["lost_count"]
    is_queued = row["has_message"] and not row["attempt"]
    return Sent(
        entry=row["entry"],
        due_at=row["due_at"],
        run=row["id"],
        queue=row["queue"],
        step=0,
        decided_at=row["queued_at"] if is_queued else row["not_before"],
        expires_at=row["expires_at"],
        trigger=str(row["trigger"]),
        repeats=Repeat(
            args=tuple(row["args"]),
            kwargs=row["kwargs"],
            retries=retries,
            forced=row["forced"],
            trace=str(row["versions"].get(TRACE, "")),
        ),
        has_slot=row["slot"] is not None,
        is_queued=is_queued,
    )
