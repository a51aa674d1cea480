"""A runner whose log can be looked at."""

import pytest
import structlog

from beat_schedule.runs.run import Runner
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions


@pytest.fixture
def log():
    return structlog.testing.CapturingLogger()


@pytest.fixture
def runner(settings: Settings, sessions: Sessions, clock, log):
    logger = structlog.wrap_logger(log, processors=[], wrapper_class=structlog.BoundLogger)
    return Runner(settings=settings, sessions=sessions, clock=clock, log=logger)
