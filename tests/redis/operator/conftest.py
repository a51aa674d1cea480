"""People at the command line, with a Redis, and a record in SQLite."""

import uuid
from contextlib import ExitStack, closing

import pytest
import redis
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.workers import WorkerCard, Workers
from tests.desk import APP, HOOKS, PREFIX, TASKS, Leader
from tests.project import settle
from tests.servers import free_port


@pytest.fixture
def name():
    """Modules of this test's own: Python keeps what it once imported."""
    return f"desk_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def count(name):
    """The key of the first entry."""
    return f"{name}_tasks.count@hourly"


@pytest.fixture
def project(tmp_path, name):
    for suffix, source in (("app", APP), ("tasks", TASKS), ("hooks", HOOKS)):
        (tmp_path / f"{name}_{suffix}.py").write_text(source.replace("NAME", name))
    return tmp_path


@pytest.fixture
def hookbeat(project, name, sqlite_url, redis_url, monkeypatch):
    """`hookbeat("pause", …)`, in a project with an empty Redis."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    settle(
        project,
        monkeypatch,
        app=f"{name}_app",
        hooks=f"{name}_hooks",
        database_url=sqlite_url,
        redis_url=redis_url,
        prefix=PREFIX,
    )
    return lambda *words, **options: CliRunner().invoke(main, words, **options)


@pytest.fixture
def away(monkeypatch):
    """Redis goes away."""
    return lambda: monkeypatch.setenv("HOOKBEAT_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")


@pytest.fixture
def journal(sqlite_url):
    engine = make_engine(sqlite_url)
    yield Journal(make_sessions(engine))
    engine.dispose()


@pytest.fixture
def leader(redis_url, redis_client):  # noqa: ARG001 -- an empty Redis
    return Leader(redis_url)


@pytest.fixture
def leader_of(redis_url, leader):  # noqa: ARG001 -- an empty Redis
    """One of another clock, which has a lease of its own."""
    with ExitStack() as leaders:
        yield lambda clock: leaders.enter_context(closing(Leader(redis_url, clock)))


@pytest.fixture
def workers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        yield Workers(client, PREFIX)


@pytest.fixture
def sessions(sqlite_url):
    engine = make_engine(sqlite_url)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def well(leader, workers):
    """A beat leads, another stands by, and a worker takes every queue."""
    workers.show("celery@one", WorkerCard(queues=("default", "long", "short")))
    leader.stand_by("web2-9-cd")
    leader.lead().advance()
    return leader
