"""The house of these stories, with a database and a Redis of its own."""

import sys

import pytest
import redis

from beat_schedule.settings import Settings
from tests.project import settle
from tests.stories.pass_culture.house import House, forget


@pytest.fixture
def house(tmp_path, sqlite_url, redis_url, monkeypatch):
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    settle(
        tmp_path,
        monkeypatch,
        hooks="",
        autoload="scheduled_tasks",
        features="scheduled_tasks.features:FeatureToggle",
        timezone="Europe/Paris",
        database_url=sqlite_url,
        redis_url=redis_url,
    )
    # Python would take a file of the same size and second for the one before.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    yield House(tmp_path, Settings.read())
    forget()
