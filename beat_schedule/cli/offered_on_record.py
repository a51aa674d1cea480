"""The names that the record knows, for a shell to offer; as in `offered`."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_fleeting_engine, make_readers
from beat_schedule.store.features import every_feature
from beat_schedule.store.models import RunState
from beat_schedule.store.record import RunRecord, latest_runs
from beat_schedule.times import MINUTES, shown

#: Who looks for an older run has its id from elsewhere.
RECENT = 50

Offer = Mapping[str, str]


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
    return f"{run.entry} {run.ending}, due {shown(run.due_at, MINUTES)}"


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
