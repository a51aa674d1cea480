"""The house of these stories, with real servers."""

import os
import sys
import uuid

import pytest
import redis

from beat_schedule.settings import Settings
from tests.stories.guards.house import FEATURES, HOOKS, TASKS, House


@pytest.fixture
def name():
    """Modules of this test's own: Python keeps what it once imported."""
    return f"story_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def house(tmp_path, name, sqlite_url, redis_url, monkeypatch):
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    for suffix, source in (("features", FEATURES), ("hooks", HOOKS), ("tasks", TASKS)):
        (tmp_path / f"{name}_{suffix}.py").write_text(source.replace("NAME", name))
    for variable in [variable for variable in os.environ if variable.startswith("HOOKBEAT_")]:
        monkeypatch.delenv(variable)
    for setting, value in {
        "HOOKS": f"{name}_hooks",
        "FEATURES": f"{name}_features:FeatureToggle",
        "ENVIRONMENT": "testing",
        "DATABASE_URL": sqlite_url,
        "REDIS_URL": redis_url,
    }.items():
        monkeypatch.setenv(f"HOOKBEAT_{setting}", value)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)
    house = House(Settings.read(), name)
    house.hookbeat("migrate")
    yield house
    house.worker.release()
