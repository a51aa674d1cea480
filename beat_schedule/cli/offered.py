"""The names that people type, each with what a shell may show beside it.

Answered soon or not at all: whatever is raised here, a shell offers nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from beat_schedule.actions.finding import events_of
from beat_schedule.brokers import client_of, told
from beat_schedule.dispatch.operator import Operator
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, StoreError
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_fleeting_engine, make_readers
from beat_schedule.store.features import every_feature
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord, latest_runs
from beat_schedule.translate import load

#: Of Redis: somebody waits with a finger on the key.
PATIENCE = timedelta(milliseconds=500)

#: Who looks for an older run has its id from elsewhere.
RECENT = 50

Offer = Mapping[str, str]


def entries(settings: Settings) -> Offer:
    """By their keys: those that beats stand for; without any, those of the code."""
    with suppress(BrokerError), _redis(settings) as operator:
        if in_force := operator.declared():
            return _names(in_force)
    return _names(entry.key for entry in _declared(settings))


def tasks(settings: Settings) -> Offer:
    """Those that the code has entries of."""
    return _names(entry.task for entry in _declared(settings))


def events(settings: Settings) -> Offer:
    return _names(events_of(_declared(settings)))


def queues(settings: Settings) -> Offer:
    """Those that are declared, and those of clocks that were seen."""
    found = {
        name: f"{limit.total_seconds():.0f} s a run"
        for name, limit in settings.queue_timeouts.items()
    }
    with suppress(BrokerError), _redis(settings) as operator:
        return {clock: "a clock's" for clock in operator.clocks() if clock != MAIN} | found
    return found


def features(settings: Settings) -> Offer:
    with _record(settings) as session:
        return {each.name: each.description for each in every_feature(session)}


def runs(settings: Settings) -> Offer:
    """The latest, by as much of their ids as people are shown."""
    return _runs(settings)


def open_runs(settings: Settings) -> Offer:
    """Those that have not ended."""
    return _runs(settings, (RunState.RUNNING, RunState.WAITING))


def _runs(settings: Settings, endings: Collection[RunState] = ()) -> Offer:
    with _record(settings) as session:
        found = latest_runs(session, endings=endings, limit=RECENT)
        return {run.short_id: _told(run) for run in found}


def _told(run: RunRecord) -> str:
    return f"{run.entry} {run.ending}, due {run.due_at:%Y-%m-%d %H:%M}Z"


def _names(found: Iterable[str]) -> Offer:
    return dict.fromkeys(sorted(set(found)), "")


def _declared(settings: Settings) -> Collection[Entry]:
    """Of the hooks as text where that tells all, for it executes nothing."""
    return load(settings, imports=bool(settings.autoload)).entries


@contextmanager
def _redis(settings: Settings) -> Iterator[Operator]:
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        yield Operator(client, settings.prefix)


@contextmanager
def _record(settings: Settings) -> Iterator[Session]:
    """Without making a database that is not there."""
    url = settings.database_url.get_secret_value()
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and not Path(parts.database or "").is_file():
        raise StoreError("there is no record yet")
    engine = make_fleeting_engine(url)
    try:
        with make_readers(engine)() as session:
            yield session
    finally:
        engine.dispose()
