"""Whether the record is up to date, answers soon, and has room."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.clock import Clock
from beat_schedule.errors import Problem, StoreError
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.migrate import pending
from beat_schedule.store.models import Revision
from beat_schedule.store.unusable import CURE, unusable

PLACE = "database"

#: Each start of a run asks it several times.
SLOW = timedelta(milliseconds=100)

#: Bytes of a record that is larger than it need be, and of a disk that is nearly full.
LARGE = 50 * 10**9
LITTLE_ROOM = 10**9

_SIZE = {
    "postgresql": "SELECT pg_database_size(current_database())",
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
}

#: The name of a row that never stays.
_PROBE = "hookbeat doctor"


@dataclass(frozen=True, slots=True)
class Measured:
    """What asking it showed."""

    kind: str
    size: int
    latency: timedelta
    #: By its own clock.
    now: datetime

    @property
    def words(self) -> str:
        """In a line."""
        took = self.latency / timedelta(milliseconds=1)
        return f"{self.kind}, {max(self.size // 1_000_000, 1)} MB, answers in {took:.1f} ms"


def measured(engine: Engine, clock: Clock) -> Measured:
    """Raises StoreError where it does not answer."""
    try:
        with engine.execution_options(begin="DEFERRED").connect() as connection:
            size: Any = connection.execute(text(_SIZE[engine.dialect.name])).scalar_one()
            asked_at = clock.monotonic()
            connection.execute(text("SELECT 1"))
            latency = timedelta(seconds=clock.monotonic() - asked_at)
    except SQLAlchemyError as error:
        raise unusable(error) from error
    now = Journal(make_sessions(engine)).now()
    return Measured(engine.dialect.name, int(size), latency, now)


def problems_of(engine: Engine, settings: Settings, found: Measured) -> Iterator[Problem]:
    """Tables, speed, size, and whether it can be written to."""
    if steps := pending(engine, settings):
        yield Problem(PLACE, f"it lacks {', '.join(steps)}", CURE)
        return
    if found.latency > SLOW:
        took = found.latency // timedelta(milliseconds=1)
        cure = "look what it is busy with; each run waits for it when it starts and ends"
        yield Problem(PLACE, f"it takes {took} ms to answer", cure)
    if found.size > LARGE:
        cure = "keep less (`HOOKBEAT_KEEP_RUNS` and its like), then `hookbeat clean`"
        yield Problem(PLACE, f"it holds {found.size // 10**9} GB", cure)
    yield from _room(engine)
    yield from _writing(engine)


def _room(engine: Engine) -> Iterator[Problem]:
    """Of the disk of a SQLite file; of others only their server knows."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or not Path(file).exists():
        return
    if (free := shutil.disk_usage(file).free) < LITTLE_ROOM:
        reason = f"the disk of {file} has {free // 1_000_000} MB left"
        yield Problem(PLACE, reason, "make room on it")


def _writing(engine: Engine) -> Iterator[Problem]:
    """A row is written and taken back."""
    try:
        with engine.connect() as connection:
            connection.execute(insert(Revision).values(name=_PROBE, number=0))
            connection.rollback()
    except SQLAlchemyError as error:
        said = str(unusable(error, StoreError)).partition(" (")[0]
        cure = "make room for it, or let us write: no run can start until then"
        yield Problem(PLACE, said, cure)
