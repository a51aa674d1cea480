"""The house of these stories, with real servers."""

import uuid

import pytest
import redis

from beat_schedule.settings import Settings
from tests.project import settle
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
    settle(
        tmp_path,
        monkeypatch,
        hooks=f"{name}_hooks",
        features=f"{name}_features:FeatureToggle",
        environment="testing",
        database_url=sqlite_url,
        redis_url=redis_url,
    )
    house = House(Settings.read(), name)
    house.hookbeat("migrate")
    yield house
    house.worker.release()
