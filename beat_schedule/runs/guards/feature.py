"""Whether the features are on that a run requires."""

from collections.abc import Iterator
from functools import cache

from beat_schedule import logs
from beat_schedule.entries import Entry
from beat_schedule.features import Features
from beat_schedule.policies import WINDOW_OF_DAYS
from beat_schedule.runs.marks import required_by
from beat_schedule.schedules import default_window

from .asked import Asked

#: Where the enum has them: without the first nothing runs on schedule, without the second nothing
#: that is due more often than once a day.
ENABLE_ALL_CRON = "ENABLE_ALL_CRON"
ENABLE_RECURRENT_CRON = "ENABLE_RECURRENT_CRON"

log = logs.logger("hookbeat.run")


def feature(asked: Asked) -> str | None:
    """`feature SYNC_ALGOLIA is off`; also for one that is unknown, or has no row."""
    features = asked.switches.features
    for name in _required(asked):
        if reason := features.objection(name):
            if name not in features.rows:
                _tell_once(name, reason)
            return reason
    return None


def features_of(entry: Entry) -> tuple[str, ...]:
    """Every feature that its runs require: the entry's own, then those of its function."""
    own = (entry.run_policy.feature,) if entry.run_policy.feature else ()
    return tuple(dict.fromkeys((*own, *required_by(entry.task))))


def required_on_schedule(entry: Entry, features: Features) -> tuple[str, ...]:
    """Every feature without which its due times do not run, those of the whole schedule first."""
    return tuple(dict.fromkeys((*_of_the_schedule(entry, features.declared), *features_of(entry))))


def is_recurrent(entry: Entry | None) -> bool:
    """Whether it is due more often than once a day; so is what nobody here knows."""
    return entry is None or default_window(entry.schedule) < WINDOW_OF_DAYS


def _required(asked: Asked) -> Iterator[str]:
    """A person who asks for a run goes over the switches that are of the schedule as a whole."""
    if asked.is_scheduled:
        yield from _of_the_schedule(asked.entry, asked.switches.features.declared)
    yield from features_of(asked.entry) if asked.entry else required_by(asked.opening.task)


def _of_the_schedule(entry: Entry | None, declared: frozenset[str]) -> Iterator[str]:
    if ENABLE_ALL_CRON in declared:
        yield ENABLE_ALL_CRON
    if ENABLE_RECURRENT_CRON in declared and is_recurrent(entry):
        yield ENABLE_RECURRENT_CRON


@cache
def _tell_once(name: str, reason: str) -> None:
    """Once in this process: it would else be said at every run."""
    log.error("feature.missing", feature=name, reason=reason)
