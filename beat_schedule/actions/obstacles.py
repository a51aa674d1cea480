"""What would keep a due time to come from running, as things stand."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from beat_schedule.decisions import EVERYTHING, SAID, Hold, HoldKind
from beat_schedule.dispatch.operator import Sight
from beat_schedule.entries import Entry
from beat_schedule.features import Features
from beat_schedule.policies import Overlap
from beat_schedule.runs.guards.environment import elsewhere
from beat_schedule.runs.guards.feature import features_of, required_on_schedule
from beat_schedule.settings import Settings
from beat_schedule.store.models import RunState
from beat_schedule.store.record import SHORT, RunRecord
from beat_schedule.store.watched import in_its_way as run_in_its_way
from beat_schedule.times import shown, spoken

from .holding import CURES
from .waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Something that would keep it from running, and what lets it go."""

    words: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsItStands:
    """What is known now; None of what could not be asked."""

    settings: Settings
    now: datetime
    holds: Collection[Hold] = ()
    features: Features | None = None
    sight: Sight | None = None
    #: The keys that the leader stands for.
    declared: Collection[str] | None = None
    #: Of its entry: it keeps others from starting.
    open_run: RunRecord | None = None
    #: Its run that keeps one from being sent that is asked for by hand.
    other_run: str = ""
    waiting: Waiting | None = None
    #: Whether one of the workers that take from its queue knows its task, or may.
    is_known: bool = True
    #: Who was asked and did not answer.
    is_redis_away: bool = False
    is_record_away: bool = False


def obstacles(entry: Entry, due_at: datetime, now_is: AsItStands) -> list[Obstacle]:
    """Everything in the way, in the order in which a due time meets it."""
    return [
        *_of_an_outage(now_is),
        *_of_the_beat(entry, now_is),
        *_of_holds(entry, due_at, now_is.holds),
        *(_of_its_runs(entry, due_at, now_is) if now_is.open_run else _of_the_other_run(now_is)),
        *_of_guards(entry, now_is),
        *(_of_its_queue(entry, now_is) if entry.policy.tracked else []),
    ]


def obstacles_by_hand(entry: Entry, now_is: AsItStands, *, force: bool) -> list[Obstacle]:
    """What is in the way of a run that somebody asks for now; no beat is needed for that.

    `force` goes over what holds it or switches it off, and not over another run.
    """
    allowed = [] if force else [*_of_holds_by_hand(entry, now_is.holds)]
    guarded = [] if force else _of_guards(entry, now_is, by_hand=True)
    return [
        *_of_an_outage(now_is),
        *allowed,
        *_of_the_other_run(now_is),
        *guarded,
        *_of_its_queue(entry, now_is),
    ]


def _of_holds_by_hand(entry: Entry, holds: Collection[Hold]) -> Iterator[Obstacle]:
    """A run by hand is no due time to be skipped."""
    for held in holds:
        goes_on = held.kind is HoldKind.MAINTENANCE and entry.policy.even_in_maintenance
        is_held = held.target == entry.key or (held.target == EVERYTHING and not goes_on)
        if is_held and held.kind is not HoldKind.SKIP:
            yield _of_hold(held)


def _of_the_other_run(now_is: AsItStands) -> Iterator[Obstacle]:
    if now_is.other_run:
        short = now_is.other_run[:SHORT]
        yield Obstacle(
            words=f"its run {short} waits or runs: another is sent when that has ended",
            cure=f"hookbeat logs -f {short}",
        )


def _of_an_outage(now_is: AsItStands) -> Iterator[Obstacle]:
    """Whoever does not answer here is perhaps away for beats and workers too."""
    if now_is.is_redis_away:
        yield Obstacle(
            words="Redis does not answer: if it is so for the beats, nothing is sent, and what is "
            "due is owed until it does",
            cure="hookbeat doctor",
        )
    if now_is.is_record_away:
        yield Obstacle(
            words="the database does not answer: if it is so for the workers, no run starts until "
            "it does; what is due is sent and waits",
            cure="hookbeat doctor",
        )


def _of_the_beat(entry: Entry, now_is: AsItStands) -> Iterator[Obstacle]:
    sight = now_is.sight
    if sight is None:
        return
    if sight.leader is None:
        yield Obstacle(
            words="nobody leads: nothing is sent until a beat does",
            cure="hookbeat beats tells why",
        )
    elif doubt := sight.leader.card.doubt:
        yield Obstacle(words=f"the leader decides nothing: {doubt}", cure="hookbeat cursor")
    if now_is.declared is not None and sight.leader and entry.key not in now_is.declared:
        yield Obstacle(
            words="the beat that leads does not know this entry: its hooks are not these",
            cure="restart the beats with these hooks",
        )
    if owed := sight.owing.get(entry.key):
        other = run_in_its_way(owed.why)
        short = str(other)[:SHORT]
        yield Obstacle(
            words=f"it owes what was due at {shown(owed.due_at)}: {owed.why}",
            cure=f"hookbeat logs {short}; to end it: hookbeat cancel {short} --why …"
            if other
            else "",
        )


def _of_holds(entry: Entry, due_at: datetime, holds: Collection[Hold]) -> Iterator[Obstacle]:
    for held in holds:
        if held.target not in {EVERYTHING, entry.key}:
            continue
        is_over = held.until is not None and due_at + entry.spread > held.until
        goes_on = held.kind is HoldKind.MAINTENANCE and entry.policy.even_in_maintenance
        if not (is_over or goes_on):
            yield _of_hold(held)


def _of_hold(held: Hold) -> Obstacle:
    what = "everything" if held.target == EVERYTHING else "it"
    until = f" until {shown(held.until)}" if held.until else ""
    why = f": {held.why}" if held.why else ""
    since = shown(held.since)
    cure = f"hookbeat resume {held.target}"
    return Obstacle(
        words=f"{what} is {SAID[held.kind]} by {held.by} since {since}{until}{why}",
        cure=CURES.get(held.kind, cure) if held.target == EVERYTHING else cure,
    )


def _of_its_runs(entry: Entry, due_at: datetime, now_is: AsItStands) -> Iterator[Obstacle]:
    """A run that may still be under way then; its time limit says until when, if it keeps that."""
    run = now_is.open_run
    if run is None or entry.policy.overlap is Overlap.ALLOW:
        return
    limit = entry.timeout or now_is.settings.queue_timeouts.get(entry.queue, timedelta(0))
    ends_at = run.started_at + limit
    is_overdue = run.state is RunState.RUNNING and ends_at < now_is.now
    if run.state is RunState.RUNNING and not is_overdue and ends_at <= due_at + entry.spread:
        return
    stands = f"{run.ending}, longer than its limit of {spoken(limit)}" if is_overdue else run.ending
    then = "waits" if entry.policy.overlap is Overlap.QUEUE else "is skipped"
    yield Obstacle(
        words=f"its run {run.short_id} is {stands}: what is due before that ends {then}",
        cure=f"hookbeat logs {run.short_id}; to end it: hookbeat cancel {run.short_id} --why …",
    )


def _of_guards(entry: Entry, now_is: AsItStands, *, by_hand: bool = False) -> Iterator[Obstacle]:
    if now_is.features:
        required = features_of(entry) if by_hand else required_on_schedule(entry, now_is.features)
        for name in required:
            if reason := now_is.features.objection(name):
                yield Obstacle(words=reason, cure=f"hookbeat feature on {name} --why …")
    if reason := elsewhere(entry, now_is.settings):
        cure = f"name {now_is.settings.environment} in its 'environments'"
        yield Obstacle(words=reason, cure=cure)


def _of_its_queue(entry: Entry, now_is: AsItStands) -> Iterator[Obstacle]:
    waiting = now_is.waiting
    if waiting and not waiting.workers:
        yield Obstacle(
            words=f"no living worker takes from the queue {entry.queue!r}, in which "
            f"{waiting.messages} messages wait",
            cure=f"celery -A {now_is.settings.app} worker -Q {entry.queue}",
        )
    if not now_is.is_known:
        yield Obstacle(
            words=f"no living worker that takes from the queue {entry.queue!r} knows the task "
            f"{entry.task}",
            cure="restart the workers with this code",
        )
