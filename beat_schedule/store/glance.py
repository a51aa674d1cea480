"""What `hookbeat status` asks of the record, in plain SQL over the database's own driver.

To import SQLAlchemy takes longer than the whole answer may. Each question goes along an index and
reads a bounded number of rows.
"""

import re
import sqlite3
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from beat_schedule.decisions import Hold, HoldKind
from beat_schedule.errors import StoreError
from beat_schedule.incidents import End, Incident, IncidentKind, why_ended
from beat_schedule.settings import Settings

from .drivers import CONNECT_TIMEOUT, LIVENESS, SQLITE_BUSY_TIMEOUT, refuse_ascii
from .unusable import CURE, unusable

#: Entries of which each is told, and incidents; of more it is told that there are more.
MOST = 100

#: The newest rows that are looked at for them.
NEWEST = 5_000

#: Of one entry at most so many of its newest runs are looked at for one that was not skipped.
NEWEST_OF_ENTRY = 1_000

_SQLITE = "sqlite:///"

_PARAMETER = re.compile(r"(?<!:):(\w+)")

HOLDS = 'SELECT target, kind, "since", "until", held_by, why, version FROM hold ORDER BY target'

FEATURES_OFF = "SELECT name, changed_by, why FROM feature WHERE NOT active ORDER BY name"

#: By an expression: in the order of the ids itself every one that is over would be read.
INCIDENTS = """
SELECT id, entry, kind, began_at, reason, run FROM incident
WHERE ended_at IS NULL ORDER BY +id DESC LIMIT :most
"""

PASSED = """
SELECT "at", who FROM audit WHERE target = '*' AND "by" = 'run-due' ORDER BY id DESC LIMIT 1
"""

#: The conditions are spelt as those of the indexes of few rows, or they would not be used.
NOT_SENT = """
SELECT entry, "count", last_due, reason FROM occurrence
WHERE decision IN ('missed', 'expired', 'error') AND last_due >= :since
ORDER BY last_due DESC LIMIT :newest
"""

NEVER_STARTED = """
SELECT entry, 1, due_at, reason FROM run
WHERE outcome IN ('failed', 'timed out', 'lost', 'expired')
AND outcome = 'expired' AND finished_at >= :since
ORDER BY finished_at DESC LIMIT :newest
"""

FAILED = """
SELECT entry, max(finished_at) FROM (
    SELECT entry, finished_at FROM run
    WHERE outcome IN ('failed', 'timed out', 'lost', 'expired')
    AND outcome <> 'expired' AND finished_at >= :since
    ORDER BY finished_at DESC LIMIT :newest
) AS failed GROUP BY entry ORDER BY 2 DESC
"""

#: The last run of an entry whose task was called: a skipped one says nothing of the task.
LAST_END = """
SELECT id, finished_at, outcome, reason, error FROM (
    SELECT id, finished_at, outcome, reason, error FROM run
    WHERE entry = :entry AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT :newest
) AS newest WHERE outcome IN ('succeeded', 'failed', 'timed out', 'lost')
ORDER BY finished_at DESC LIMIT 1
"""


#: Which of these entries are no more.
Gone: TypeAlias = Callable[[Sequence[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class Failing:
    """An entry whose last run failed."""

    entry: str
    last: End


@dataclass(frozen=True, slots=True)
class Missed:
    """What of an entry's due times did not run although nobody wanted that."""

    entry: str
    count: int
    last_due: datetime
    #: Of the last of them.
    reason: str


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A feature that is off."""

    name: str
    changed_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A pass without a beat."""

    at: datetime
    who: str


@contextmanager
def glance_at(settings: Settings) -> Iterator["Glance"]:
    """The record, to be asked; StoreError where it does not answer, or lacks tables."""
    url = settings.database_url.get_secret_value()
    opened = _sqlite(url) if url.startswith(_SQLITE) else _postgresql(url)
    with opened as glance:
        yield glance


@contextmanager
def _sqlite(url: str) -> Iterator["Glance"]:
    path = Path(unquote(url.removeprefix(_SQLITE)))
    if not path.exists():
        raise StoreError(f"the database cannot be used: there is no file {path} ({CURE})")
    try:
        with closing(sqlite3.connect(path, timeout=SQLITE_BUSY_TIMEOUT)) as connection:
            yield Glance(connection, is_sqlite=True)
    except sqlite3.Error as error:
        raise unusable(error) from error


@contextmanager
def _postgresql(url: str) -> Iterator["Glance"]:
    # Who has SQLite does not wait for it.
    psycopg = import_module("psycopg")
    options = {"connect_timeout": CONNECT_TIMEOUT, **LIVENESS, **_said(url)}
    try:
        opened = psycopg.connect(**options)
        with closing(opened) as connection:
            refuse_ascii(connection)
            yield Glance(connection, is_sqlite=False)
    except psycopg.Error as error:
        raise unusable(error) from error


def _said(url: str) -> dict[str, Any]:
    """What a URL says, as libpq names it; read as SQLAlchemy reads it, which is not libpq's way."""
    parts = urlsplit(url)
    said = {
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    return {name: value for name, value in said.items() if value} | dict(parse_qsl(parts.query))


def none_gone(_: Sequence[str]) -> Collection[str]:
    """What is said of entries where nobody can tell."""
    return ()


class Glance:
    """One look at the record; raises its driver's errors."""

    def __init__(self, connection: Any, *, is_sqlite: bool) -> None:
        self._connection = connection
        self._is_sqlite = is_sqlite

    def holds(self) -> list[Hold]:
        """Every hold there ever was of a target, as it stands; also one that has ended."""
        return [
            Hold(
                target=target,
                kind=HoldKind(kind),
                since=_instant(since),
                until=until and _instant(until),
                by=by,
                why=why,
                version=version,
            )
            for target, kind, since, until, by, why, version in self.rows(HOLDS)
        ]

    def features_off(self) -> list[SwitchedOff]:
        return [SwitchedOff(*row) for row in self.rows(FEATURES_OFF)]

    def incidents(self) -> list[Incident]:
        """Those that are not over, the last that was noted first."""
        return [
            Incident(
                id=number,
                entry=entry,
                kind=IncidentKind(kind),
                began_at=_instant(began_at),
                reason=reason,
                run=run and _run(run),
            )
            for number, entry, kind, began_at, reason, run in self.rows(INCIDENTS, most=MOST)
        ]

    def last_pass(self) -> Passed | None:
        """The last one without a beat over everything that decided something."""
        return next((Passed(_instant(at), who) for at, who in self.rows(PASSED)), None)

    def failing(self, since: datetime, gone: Gone = none_gone) -> list[Failing]:
        """The entries whose last run failed, the last one first; of those that ended since then.

        Without those that are gone.
        """
        failed = [entry for entry, _ in self.rows(FAILED, since=since, newest=NEWEST)]
        without = gone(failed) if failed else ()
        there = islice((entry for entry in failed if entry not in without), MOST)
        ends = ((entry, self._last_end(entry)) for entry in there)
        return [Failing(entry, end) for entry, end in ends if end and not end.succeeded]

    def missed(self, since: datetime) -> list[Missed]:
        """What was due since then and never started, by entry, the last one first."""
        found: dict[str, Missed] = {}
        for question in (NOT_SENT, NEVER_STARTED):
            for entry, count, due, reason in self.rows(question, since=since, newest=NEWEST):
                row = Missed(entry, count, _instant(due), reason or "")
                before = found.get(entry, row)
                newer = max(row, before, key=lambda each: each.last_due)
                total = count if before is row else before.count + count
                found[entry] = Missed(entry, total, newer.last_due, newer.reason)
        return sorted(found.values(), key=lambda each: each.last_due, reverse=True)

    def _last_end(self, entry: str) -> End | None:
        for run, ended_at, outcome, *why in self.rows(
            LAST_END, entry=entry, newest=NEWEST_OF_ENTRY
        ):
            return End(
                run=_run(run),
                ended_at=_instant(ended_at),
                succeeded=outcome == "succeeded",
                reason=why_ended(outcome, *why),
            )
        return None

    def rows(self, question: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows as the driver has them; the question names its values as `:name`."""
        if self._is_sqlite:
            values = {name: _stored(each) for name, each in values.items()}
        else:
            question = _PARAMETER.sub(r"%(\1)s", question)
        found = self._connection.execute(question, values)
        return list(found) if found.description else []


def _stored(value: Any) -> Any:
    """As SQLite has it: instants as text without a zone, in UTC."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _instant(stored: Any) -> datetime:
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    at: datetime = stored
    return at.astimezone(UTC)


def _run(stored: Any) -> uuid.UUID:
    return stored if isinstance(stored, uuid.UUID) else uuid.UUID(stored)
