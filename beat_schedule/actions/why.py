"""Why an entry ran, or did not, and what would keep it from running: asked of all that answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from beat_schedule.decisions import Hold, in_force
from beat_schedule.dispatch.operator import Sight
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, SettingsError
from beat_schedule.features import Features
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.schedules.base import LATEST
from beat_schedule.settings import Settings
from beat_schedule.store.explaining import newest_due, slot_holder
from beat_schedule.store.features import states
from beat_schedule.store.holds import every_hold
from beat_schedule.times import shown

from .explaining import Explained, explain
from .meaning import Meant, Span, meant
from .obstacles import AsItStands, Obstacle, obstacles
from .waiting import Waiting, waiting_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom to ask; None who does not answer."""

    settings: Settings
    session: Session | None
    sight: Sight | None
    #: The keys that the leader stands for.
    declared: Collection[str] | None
    now: datetime
    #: What Redis knows of a run of the entry that waits or is under way.
    holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A due time to come, and what is in its way as things stand."""

    #: None of an entry that is never due again.
    due_at: datetime | None
    obstacles: Sequence[Obstacle] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything that was asked for."""

    entry: Entry
    #: Where a time was named: which due time that means.
    meant: Meant | None = None
    past: Explained | None = None
    coming: Coming | None = None
    #: The queue, where something waits in it or is to be sent to it.
    waiting: Waiting | None = None

    @property
    def is_well(self) -> bool:
        """Whether it ran or runs, and nothing is in the way of what comes."""
        if self.past is None and self.coming is None:
            return False
        is_free = self.coming is None or not (self.coming.obstacles or self.coming.due_at is None)
        return is_free and (self.past is None or self.past.is_well)


def why(entry: Entry, span: Span | None, sources: Sources) -> Answer:
    """What became of the due time in that span; without one, of the last, and what of the next.

    Raises what SQLAlchemy raises.
    """
    if span is None:
        past = _past(entry, entry.schedule.latest(sources.now), sources)
        return _with_next(entry, None, past, entry.schedule.first(sources.now, LATEST), sources)
    keys = (entry.key, *entry.policy.formerly)
    past_end = min(span.last, sources.now)
    recorded = newest_due(sources.session, keys, span.first, past_end) if sources.session else None
    which = meant(entry.schedule, span, sources.now, recorded)
    if which.due_at is None:
        return Answer(entry=entry, meant=which)
    if which.due_at > sources.now:
        return _with_next(entry, which, None, which.due_at, sources)
    past = _past(entry, which.due_at, sources)
    waits = past is not None and past.is_awaited
    return Answer(
        entry=entry, meant=which, past=past, waiting=_waiting(entry, sources) if waits else None
    )


def _past(entry: Entry, due_at: datetime | None, sources: Sources) -> Explained | None:
    if due_at is None:
        return None
    if sources.session is None:
        return Explained(
            due_at=due_at, words=_as_redis_knows(entry, due_at, sources), is_well=False
        )
    return explain(sources.session, entry, due_at, sources.now, sources.sight)


def _as_redis_knows(entry: Entry, due_at: datetime, sources: Sources) -> str:
    """Without the record: whether it was looked at."""
    sight = sources.sight
    if sight and (owed := sight.owing.get(entry.key)) and owed.due_at <= due_at:
        return f"it is owed since {shown(owed.due_at)}: {owed.why}"
    if sight and (sight.cursor is None or sight.cursor < due_at + entry.spread):
        return "nobody has looked at it yet (hookbeat cursor)"
    return "if anything was decided, only the record knows"


def _with_next(
    entry: Entry,
    which: Meant | None,
    past: Explained | None,
    due_at: datetime | None,
    sources: Sources,
) -> Answer:
    if due_at is None:
        return Answer(entry=entry, meant=which, past=past, coming=Coming(due_at=None))
    waiting = _waiting(entry, sources)
    session, sight = sources.session, sources.sight
    now_is = AsItStands(
        settings=sources.settings,
        now=sources.now,
        holds=in_force(_holds(session, sight), sources.now),
        features=features_known(session, sources.settings),
        sight=sight,
        declared=sources.declared,
        open_run=slot_holder(session, entry.key) if session else None,
        # Of one that waits to start the record knows more.
        other_run="" if session else sources.holder,
        waiting=waiting,
        is_redis_away=sight is None,
        is_record_away=session is None,
    )
    coming = Coming(due_at=due_at, obstacles=obstacles(entry, due_at, now_is))
    return Answer(entry=entry, meant=which, past=past, coming=coming, waiting=waiting)


def _holds(session: Session | None, sight: Sight | None) -> Sequence[Hold]:
    if sight:
        return sight.holds
    return every_hold(session) if session else ()


def features_known(session: Session | None, settings: Settings) -> Features | None:
    """None where nobody can tell; an enum that cannot be read has no features of its own."""
    if session is None:
        return None
    try:
        declared = tuple(toggles_of(settings))
    except SettingsError:
        declared = ()
    return states(session, declared)


def _waiting(entry: Entry, sources: Sources) -> Waiting | None:
    """None where Redis cannot be asked."""
    if sources.sight is None:
        return None
    try:
        return waiting_in(sources.settings, entry.queue)
    except BrokerError:
        return None
