"""The house of these stories, with a database and a Redis of its own."""

import os
import sys

import pytest
import redis

from beat_schedule.settings import Settings
from tests.stories.pass_culture.house import House, forget


@pytest.fixture
def house(tmp_path, sqlite_url, redis_url, monkeypatch):
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    for variable in [variable for variable in os.environ if variable.startswith("HOOKBEAT_")]:
        monkeypatch.delenv(variable)
    for setting, value in {
        "HOOKS": "",
        "AUTOLOAD": "scheduled_tasks",
        "FEATURES": "scheduled_tasks.features:FeatureToggle",
        "TIMEZONE": "Europe/Paris",
        "DATABASE_URL": sqlite_url,
        "REDIS_URL": redis_url,
    }.items():
        monkeypatch.setenv(f"HOOKBEAT_{setting}", value)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    # Python would take a file of the same size and second for the one before.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    yield House(tmp_path, Settings.read())
    forget()
