"""An engine for a database URL: SQLite in WAL with honest transactions, PostgreSQL by psycopg 3."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

#: How long a SQLite writer waits for another before it says `database is locked`, in seconds.
SQLITE_BUSY_TIMEOUT = 10

Sessions = sessionmaker[Session]


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`; makes the folder of a SQLite file."""
    parsed = _with_driver(make_url(url))
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, wait=SQLITE_BUSY_TIMEOUT)
    return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 5})


def make_fleeting_engine(url: str) -> Engine:
    """For a process that forks: keeps no connection, and does not wait for a lock."""
    parsed = _with_driver(make_url(url))
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, wait=0, poolclass=NullPool)
    return create_engine(parsed, poolclass=NullPool, connect_args={"connect_timeout": 2})


def make_sessions(engine: Engine) -> Sessions:
    """Sessions that may write: on SQLite each waits for its turn when it begins."""
    return sessionmaker(engine, expire_on_commit=False)


def make_readers(engine: Engine) -> Sessions:
    """Sessions that only read: no writer makes them wait."""
    return sessionmaker(engine.execution_options(begin="DEFERRED"), expire_on_commit=False)


def _with_driver(url: URL) -> URL:
    """`postgres://` and `postgresql://` both mean psycopg 3 here."""
    if url.get_backend_name() in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _sqlite(url: URL, *, wait: float, **options: Any) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": wait}, **options)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # Python's driver begins transactions late and commits before DDL; we begin them ourselves.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # IMMEDIATE: who will write waits at the start, instead of failing in the middle.
        mode = connection.get_execution_options().get("begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine
