"""What asking for a run would send, and what would keep it from running: nothing is sent."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from celery import Celery

from beat_schedule.clock import Clock
from beat_schedule.decisions import Hold, in_force
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, StoreError
from beat_schedule.features import Features
from beat_schedule.policies import Overlap
from beat_schedule.settings import Settings
from beat_schedule.store.explaining import slot_holder
from beat_schedule.store.holds import every_hold
from beat_schedule.store.reading import reader_of

from .obstacles import AsItStands, Obstacle, obstacles_by_hand
from .reaching import operator_of
from .registered import is_followed
from .waiting import Waiting, is_known, waiting_in
from .why import features_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How the runs are asked for."""

    #: The logical date of an entry's run; None for now.
    due_at: Callable[[Entry], datetime | None] = lambda _: None
    #: Over those of the entry.
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    force: bool = False
    #: In the process that asks: no queue, no worker, and no other run is minded.
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A run that would be sent."""

    entry: Entry
    due_at: datetime
    kwargs: Mapping[str, Any]
    is_inline: bool
    #: Its queue; None where it goes to none, or where that cannot be asked.
    waiting: Waiting | None
    obstacles: Sequence[Obstacle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that would be sent."""

    runs: Sequence[Intended]
    #: Who could not be asked, and what is not known for that reason.
    away: Sequence[str]


def intended(
    app: Celery,
    settings: Settings,
    entries: Sequence[Entry],
    wanted: Wanted,
    clock: Clock,
) -> Plan:
    """The runs that asking for these entries would send now; sends nothing."""
    away: list[str] = []
    on_record, in_redis = _OnRecord(is_away=True), None
    try:
        on_record = _on_record(settings, entries)
    except StoreError as error:
        away.append(f"{error}\nwhat only the record knows is not known: features, runs")
    if not wanted.inline:
        try:
            in_redis = _in_redis(app, settings, entries)
        except BrokerError as error:
            away.append(f"{error}\nwhat only Redis knows is not known: queues, workers, other runs")
    now = in_redis.now if in_redis else clock.now()
    is_redis_away = in_redis is None and not wanted.inline
    runs = [
        Intended(
            entry=entry,
            due_at=wanted.due_at(entry) or now,
            kwargs=entry.kwargs_with(wanted.kwargs),
            is_inline=wanted.inline,
            waiting=in_redis.waiting.get(entry.queue) if in_redis else None,
            obstacles=obstacles_by_hand(
                entry,
                replace(
                    _as_it_stands(settings, entry, now, on_record, in_redis),
                    is_redis_away=is_redis_away,
                ),
                force=wanted.force,
            ),
        )
        for entry in entries
    ]
    return Plan(runs=runs, away=away)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnRecord:
    is_away: bool = False
    holds: Sequence[Hold] = ()
    features: Features | None = None
    #: Of each entry: the run that has not ended.
    open_runs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InRedis:
    now: datetime
    holds: Sequence[Hold]
    #: Of each entry: the run that keeps another from being sent.
    holders: Mapping[str, str]
    waiting: Mapping[str, Waiting]
    #: The keys of those whose task no worker knows.
    unknown: Collection[str]


def _on_record(settings: Settings, entries: Iterable[Entry]) -> _OnRecord:
    with reader_of(settings) as session:
        found = {entry.key: slot_holder(session, entry.key) for entry in _alone(entries)}
        return _OnRecord(
            holds=every_hold(session),
            features=features_known(session, settings),
            open_runs={key: str(run.id) for key, run in found.items() if run},
        )


def _in_redis(app: Celery, settings: Settings, entries: Sequence[Entry]) -> _InRedis:
    with operator_of(settings) as operator:
        sight = operator.look()
        holders = {entry.key: operator.holder(entry.key) for entry in _alone(entries)}
    # Workers that are not ours do not show themselves.
    ours = [entry for entry in entries if is_followed(app, entry)]
    return _InRedis(
        now=sight.now,
        holds=sight.holds,
        holders=holders,
        waiting={queue: waiting_in(settings, queue) for queue in {entry.queue for entry in ours}},
        unknown={entry.key for entry in ours if not is_known(settings, entry.queue, entry.task)},
    )


def _alone(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Those of which no two runs may be under way at once."""
    return (entry for entry in entries if entry.policy.overlap is not Overlap.ALLOW)


def _as_it_stands(
    settings: Settings,
    entry: Entry,
    now: datetime,
    on_record: _OnRecord,
    in_redis: _InRedis | None,
) -> AsItStands:
    holds = in_redis.holds if in_redis else on_record.holds
    found = AsItStands(
        settings=settings,
        now=now,
        holds=in_force(holds, now),
        features=on_record.features,
        is_record_away=on_record.is_away,
    )
    if in_redis is None:
        return found
    key = entry.key
    return replace(
        found,
        other_run=in_redis.holders.get(key) or on_record.open_runs.get(key, ""),
        waiting=in_redis.waiting.get(entry.queue),
        is_known=key not in in_redis.unknown,
    )
