"""Why a due time ran or did not, from the record: decided, sent, taken, waited, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from beat_schedule.decisions import EVERYTHING, Checkpoint, Decided, Decision, Owed
from beat_schedule.dispatch.operator import Sight
from beat_schedule.dispatch.values import Owing
from beat_schedule.entries import Entry
from beat_schedule.incidents import Incident
from beat_schedule.store.attempts import EventRecord
from beat_schedule.store.audit import Noted
from beat_schedule.store.explaining import (
    RunStory,
    changes_between,
    decision_at,
    events_at,
    first_due,
    incidents_between,
    run_of,
    stories_at,
)
from beat_schedule.store.journal import checkpoint_of
from beat_schedule.store.models import Outcome, RunState, Trigger
from beat_schedule.store.record import RunRecord
from beat_schedule.store.watched import in_its_way
from beat_schedule.times import shown

#: What people changed so long before a due time may be why.
LOOK_BACK = timedelta(days=1)

_SAID = {decision: f"it was {decision}" for decision in Decision} | {
    Decision.ERROR: "it could not be sent"
}

_ENDED = {
    Outcome.FAILED: "it ran and failed",
    Outcome.TIMED_OUT: "it ran and timed out",
    Outcome.LOST: "it ran and was lost",
    Outcome.SKIPPED: "it was sent and not started",
    Outcome.EXPIRED: "it was sent and not started in time",
    Outcome.CANCELLED: "it was cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One due time that is past, as the record has it."""

    due_at: datetime
    #: Why in one sentence.
    words: str
    #: Whether it ran and went well, or is on its way.
    is_well: bool
    decided: Decided | None = None
    #: The beat that decided it, where it still leads in that term.
    decided_by: str = ""
    runs: Sequence[RunStory] = ()
    #: What befell its run where that has no row.
    events: Sequence[EventRecord] = ()
    #: The run that it was skipped for, or waited for.
    in_the_way: RunRecord | None = None
    changes: Sequence[Noted] = ()
    incidents: Sequence[Incident] = ()
    #: Sent, and no worker has taken it.
    is_awaited: bool = False

    @property
    def run(self) -> RunStory | None:
        """The run of the due time itself, not one that somebody asked for."""
        return next((each for each in self.runs if each.run.trigger is Trigger.SCHEDULE), None)


def explain(
    session: Session, entry: Entry, due_at: datetime, now: datetime, sight: Sight | None
) -> Explained:
    """Everything that is on record of a due time that is past.

    `sight` is what Redis says, where it answers: what is not on record yet only it may know.
    """
    keys = (entry.key, *entry.policy.formerly)
    known = decision_at(session, keys, due_at)
    runs = stories_at(session, keys, due_at)
    own = next((each.run for each in runs if each.run.trigger is Trigger.SCHEDULE), None)
    decided = known.decided if known else None
    if decided:
        words, is_well = _what_became(decided, own, is_awaited=bool(known and known.is_awaited))
    elif own:
        words, is_well = _of_run(own)
    else:
        words, is_well = why_undecided(session, entry, due_at, sight), False
    until = (own and own.finished_at) or now
    run_id = decided.run if decided else None
    said = [decided.reason if decided else "", (own and own.reason) or ""]
    if not (decided or own):
        owed = _owed(entry, sight or checkpoint_of(session, entry.clock))
        said += [owed.why] if owed and owed.due_at <= due_at else []
    blocking = next(filter(None, map(in_its_way, said)), None)
    return Explained(
        due_at=due_at,
        words=words,
        is_well=is_well,
        decided=decided,
        decided_by=sight.owner if decided and sight and sight.term == decided.term else "",
        runs=runs,
        events=events_at(session, run_id) if run_id and not own else (),
        in_the_way=run_of(session, blocking) if blocking else None,
        changes=changes_between(session, (*keys, EVERYTHING), due_at - LOOK_BACK, until),
        incidents=incidents_between(session, keys, due_at, until),
        is_awaited=bool(known and known.is_awaited and not own),
    )


def why_undecided(session: Session, entry: Entry, due_at: datetime, sight: Sight | None) -> str:
    """Why the record has no decision of a due time that is past."""
    checkpoint = checkpoint_of(session, entry.clock)
    stands = sight or checkpoint
    cursor = stands.cursor if stands else None
    if cursor is None and checkpoint:
        # A Redis that was wiped has none yet, and goes on from that of the record.
        cursor = checkpoint.cursor
    owed = _owed(entry, stands)
    if owed and owed.due_at <= due_at:
        return f"it is owed since {shown(owed.due_at)}: {owed.why}"
    if cursor is None:
        return "nothing was ever looked at: the first pass of a beat begins the history"
    if cursor < due_at + entry.spread:
        return f"nobody has looked at it yet: {_who_should(cursor, sight)}"
    if sight and sight.journal:
        return f"it is not on record yet: lines that wait in Redis for that: {sight.journal}"
    return _before_the_record(session, entry, due_at)


def _owed(entry: Entry, stands: Sight | Checkpoint | None) -> Owed | Owing | None:
    return stands.owing.get(entry.key) if stands else None


def _before_the_record(session: Session, entry: Entry, due_at: datetime) -> str:
    first = first_due(session, (entry.key, *entry.policy.formerly))
    if first is None:
        return "nothing was ever decided of this entry: no beat stood for it then"
    if due_at < first:
        return (
            f"the record of this entry begins at {shown(first)}: it was not declared before, "
            "or what was decided is too old to be kept (HOOKBEAT_KEEP_DECISIONS)"
        )
    return "it was not due then: another schedule was in force, or the entry was not declared"


def _who_should(cursor: datetime, sight: Sight | None) -> str:
    stands = f"the cursor stands at {shown(cursor)}"
    if sight is None:
        return f"{stands} on record, and Redis, which knows more, cannot be asked"
    if sight.leader is None:
        return f"{stands}, and nobody leads (hookbeat beats)"
    if sight.leader.card.doubt:
        return f"{stands}, and the leader decides nothing: {sight.leader.card.doubt}"
    return f"{stands} (hookbeat cursor)"


def _what_became(decided: Decided, run: RunRecord | None, *, is_awaited: bool) -> tuple[str, bool]:
    if decided.decision is not Decision.SENT:
        times = f" (with {decided.count - 1} more)" if decided.count > 1 else ""
        return f"{_SAID[decided.decision]}{times}: {decided.reason}", False
    if run:
        return _of_run(run)
    if is_awaited:
        return "it was sent, and no worker has taken it yet", False
    if decided.run is None:
        return "it was sent to workers that are not ours, which do not tell what they do", True
    return "it was sent and started, and its run is on record no more", True


def _of_run(run: RunRecord) -> tuple[str, bool]:
    why = (run.error or run.reason or "").strip().partition("\n")[0]
    said = f": {why}" if why else ""
    match run.state:
        case RunState.RUNNING:
            return f"it runs on {run.worker} since {shown(run.started_at)}", True
        case RunState.WAITING:
            return f"it waits for its next attempt{said}", True
    if run.outcome is None or run.outcome is Outcome.SUCCEEDED:
        return "it ran and succeeded", True
    return f"{_ENDED[run.outcome]}{said}", False
