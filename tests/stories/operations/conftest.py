"""Somebody is woken at night: a project with its Redis and its record, and the command line."""

import pytest

from beat_schedule.entries import run_id
from beat_schedule.features import Toggle
from beat_schedule.store.features import switch, sync
from beat_schedule.store.models import Outcome
from tests.desk import last_hour, told
from tests.recorded import a_run, keep
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


@pytest.fixture(autouse=True)
def hour():
    """Asked for before anybody shows himself: whoever waits falls silent."""
    return last_hour()


@pytest.fixture
def due(hour, well):  # noqa: ARG001 -- how it stands
    """The last due time of that entry."""
    return hour


@pytest.fixture
def decide(journal, count, due):
    """Put on record what was decided on that due time."""

    def decide(**changes):
        line = sent(due, count, **{"run": run_id(count, due)} | changes)
        journal.keep([line], [], None)
        return line

    return decide


@pytest.fixture
def switch_off(decide, sessions, due, count):
    """Switch the feature off that its run asks for."""

    def switch_off():
        line = decide()
        with sessions.begin() as session:
            sync(session, [Toggle("LOANS", "counts loans", active=True)], due)
            switch(session, "LOANS", active=False, by="eve", why="inventory", at=due)
        off = {"attempt": 0, "reason": "feature LOANS is off"}
        skipped = {"entry": count, "due_at": due, "id": line.run} | off
        keep(sessions, a_run(due, Outcome.SKIPPED, **skipped))

    return switch_off


@pytest.fixture
def record_away(monkeypatch):
    """The database goes away."""
    url = f"postgresql://hookbeat:sesame@127.0.0.1:{free_port()}/hookbeat"
    return lambda: monkeypatch.setenv("HOOKBEAT_DATABASE_URL", url)
