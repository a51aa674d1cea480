"""A project without a beat, whose passes are made in this process."""

import json
import sys
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.dispatch.operator import Operator
from tests.desk import APP, PREFIX
from tests.project import settle

HOOKS = """
scheduler_events = {
    "hourly": ["NAME_tasks.count", "NAME_tasks.fail"],
    "daily": [{"task": "NAME_tasks.nightly", "at": "03:00"}],
}
"""

TASKS = """
def count(context):
    print(f"counting for {context.due_at:%H:%M}")
    context.report(found=3)

def fail():
    raise LookupError("no such shelf")

def nightly(): ...
"""


class Project:
    """A folder, and `hookbeat` in it."""

    def __init__(self, name: str, client: redis.Redis) -> None:
        self.name = name
        self.operator = Operator(client, PREFIX)
        self.redis = client

    def __call__(self, *words: str):
        return CliRunner().invoke(main, words)

    def forget_app(self) -> None:
        """Let the app be made anew, by the settings as they are then."""
        del sys.modules[f"{self.name}_app"]

    def forget(self) -> None:
        """The same, and by hooks that are read anew."""
        self.forget_app()
        del sys.modules[f"{self.name}_hooks"]

    def key(self, task: str, event: str = "hourly") -> str:
        return f"{self.name}_tasks.{task}@{event}"

    def told(self, *words: str):
        """What it says to a machine."""
        done = self(*words, "--json")
        assert done.exit_code in {0, 1}, done.output
        return SimpleNamespace(code=done.exit_code, **json.loads(done.stdout))

    def let_pass(self, hours: int = 1) -> None:
        """As if the last pass had been made so long ago."""
        back = (self.operator.now() - timedelta(hours=hours)).isoformat()
        done = self("cursor", "--reset", back, "--yes")
        assert done.exit_code == 0, done.output

    def queued(self, queue: str = "default") -> list[str]:
        """The entries whose messages wait, the oldest first."""
        texts = self.redis.lrange(f"{PREFIX}{queue}", 0, -1)
        return [json.loads(text)["headers"]["hookbeat_entry"] for text in reversed(texts)]


@pytest.fixture
def hooks():
    return HOOKS


@pytest.fixture
def tasks():
    return TASKS


@pytest.fixture
def name(tmp_path, hooks, tasks):
    """Modules of this test's own: Python keeps what it once imported."""
    name = f"cron_{uuid.uuid4().hex[:8]}"
    for suffix, source in (("app", APP), ("tasks", tasks), ("hooks", hooks)):
        (tmp_path / f"{name}_{suffix}.py").write_text(source.replace("NAME", name))
    return name


@pytest.fixture
def environment(tmp_path, name, sqlite_url, redis_url, monkeypatch):
    settle(
        tmp_path,
        monkeypatch,
        app=f"{name}_app",
        hooks=f"{name}_hooks",
        database_url=sqlite_url,
        redis_url=redis_url,
        prefix=PREFIX,
    )


@pytest.fixture
def unpassed(environment, name, redis_url, redis_client):  # noqa: ARG001 -- an empty Redis
    """No pass was made yet."""
    with redis.Redis.from_url(redis_url) as client:
        yield Project(name, client)


@pytest.fixture
def project(unpassed):
    """One pass was made: every entry is known, and nothing is due."""
    first = unpassed("run-due")
    assert first.exit_code == 0, first.output
    return unpassed
