"""Somebody is woken at night: a project with its Redis and its record, and the command line."""

import pytest

from beat_schedule.entries import run_id
from tests.desk import told
from tests.redis.operator.conftest import (
    away,
    count,
    hookbeat,
    journal,
    leader,
    name,
    project,
    sessions,
    well,
    workers,
)
from tests.servers import free_port
from tests.store.decided import sent

__all__ = [
    "away",
    "count",
    "hookbeat",
    "journal",
    "leader",
    "name",
    "project",
    "sessions",
    "well",
    "workers",
]


@pytest.fixture
def found(hookbeat):
    """All that `status` and `doctor` find, a line each."""

    def found():
        problems = [
            each
            for what in ("status", "doctor")
            for each in told(hookbeat(what, "--json"))["problems"]
        ]
        return "\n".join(f"{each['place']}: {each['reason']} → {each['cure']}" for each in problems)

    return found


@pytest.fixture
def why(hookbeat, count):
    """What `why` says of the entry of every hour."""

    def why(entry=count):
        return hookbeat("why", entry).output

    return why


@pytest.fixture
def due(well):
    """The last due time of that entry."""
    return well.operator.now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def decide(journal, count, due):
    """Put on record what was decided on that due time."""

    def decide(**changes):
        line = sent(due, count, **{"run": run_id(count, due)} | changes)
        journal.keep([line], [], None)
        return line

    return decide


@pytest.fixture
def record_away(monkeypatch):
    """The database goes away."""
    url = f"postgresql://hookbeat:sesame@127.0.0.1:{free_port()}/hookbeat"
    return lambda: monkeypatch.setenv("HOOKBEAT_DATABASE_URL", url)
