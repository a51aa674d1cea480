"""Runs and plain calls of decorated functions, and the lines that they log."""

import logging
import os
import uuid

import pytest

from beat_schedule import logs
from beat_schedule.features import Features, Toggle
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.context import RunContext
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.features import sync
from beat_schedule.testing import ManualClock
from tests.openings import NOON


@pytest.fixture
def context(clock: ManualClock):
    """A function that gives a run's context."""

    def context(**features):
        return RunContext(
            run_id=uuid.uuid4(),
            entry="tasks.shop.close@daily",
            due_at=NOON,
            attempt=1,
            session=None,
            settings=Settings(),
            clock=clock,
            log=logs.logger("hookbeat.task.close"),
            mailer=None,
            features=Features(features),
        )

    return context


@pytest.fixture
def in_run(context):
    """Call a function as its run does."""

    def in_run(function, *args, features=None, **kwargs):
        return call_of_function(function, args, kwargs)(context(**(features or {"SYNC": True})))

    return in_run


@pytest.fixture
def lines(caplog):
    """The standard lines so far."""
    caplog.set_level(logging.INFO, logger="hookbeat.cron")
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "hookbeat.cron"
    ]


@pytest.fixture
def stands(sqlite_url, monkeypatch):
    """Let a database say whether the feature is on, for plain calls."""

    def stands(*, active):
        for name in [name for name in os.environ if name.startswith("HOOKBEAT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOOKBEAT_DATABASE_URL", sqlite_url)
        engine = make_engine(sqlite_url)
        with make_sessions(engine).begin() as session:
            sync(session, [Toggle("SYNC", "Index", active=active)], NOON)
        engine.dispose()

    return stands
