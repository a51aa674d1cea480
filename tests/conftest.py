"""What every test may ask for: real servers, fresh databases, a clock that stands still.

What cannot run here fails, and says how to get it.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from sqlalchemy import Engine

from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.migrate import migrate
from beat_schedule.testing import ManualClock
from tests import servers
from tests.beat_house import Beat
from tests.http_sink import HttpSink

# What a machine takes for an example says nothing of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# In the background of a shell it is ignored, and by whatever a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _in_the_same_folder() -> Iterator[None]:
    """`hookbeat -C DIR` goes there for as long as its process lives."""
    here = Path.cwd()
    yield
    os.chdir(here)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.RedisServer]:
    server = servers.RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_url(redis_server: servers.RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator["redis.Redis"]:
    """A client of an empty Redis; answers are text."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.PostgresServer]:
    server = servers.PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def migrations() -> tuple[str, ...]:
    """Packages whose tables a test needs beside our own; override it in a folder's conftest."""
    return ()


@pytest.fixture
def empty_postgres_url(postgres_server: servers.PostgresServer) -> Iterator[str]:
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def postgres_url(
    postgres_server: servers.PostgresServer, migrations: tuple[str, ...]
) -> Iterator[str]:
    """A fresh database with all tables."""
    if migrations not in postgres_server.templates:
        name = f"template_{len(postgres_server.templates)}"
        postgres_server.ask(f"CREATE DATABASE {name}")
        _make_tables(postgres_server.url(name), migrations)
        postgres_server.templates[migrations] = name
    with postgres_server.database(postgres_server.templates[migrations]) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Path]:
    folder = tmp_path_factory.mktemp("sqlite")
    made: dict[tuple[str, ...], Path] = {}

    def template(migrations: tuple[str, ...]) -> Path:
        if migrations not in made:
            path = folder / f"{len(made)}.db"
            _make_tables(f"sqlite:///{path}", migrations)
            made[migrations] = path
        return made[migrations]

    return template


@pytest.fixture
def sqlite_url(
    tmp_path: Path, migrations: tuple[str, ...], sqlite_templates: Callable[[Any], Path]
) -> str:
    """A fresh file with all tables."""
    shutil.copy(sqlite_templates(migrations), tmp_path / "hookbeat.db")
    return f"sqlite:///{tmp_path / 'hookbeat.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables, once on each kind."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(fixture))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database without a table, once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return make_sessions(engine)


@pytest.fixture
def settings(database_url: str, migrations: tuple[str, ...]) -> Settings:
    """Settings of the test's own database; no environment, no project file."""
    return Settings(database_url=database_url, migrations=migrations)


@pytest.fixture
def smtp_sink() -> Iterator[servers.SmtpSink]:
    sink = servers.SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def http_sink() -> Iterator[HttpSink]:
    sink = HttpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def beat(redis_client: "redis.Redis", redis_url: str) -> Iterator[Beat]:  # noqa: ARG001 -- empties it
    """A beat on an empty Redis, one second before noon."""
    beat = Beat(redis_url, ManualClock(datetime(2026, 5, 4, 11, 59, 59, tzinfo=UTC)))
    yield beat
    beat.close()


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """`wait_until(condition, within=30)`: the only way to wait for a real process."""
    return servers.wait_until


def _make_tables(url: str, migrations: tuple[str, ...]) -> None:
    engine = make_engine(url)
    migrate(engine, Settings(migrations=migrations))
    engine.dispose()
