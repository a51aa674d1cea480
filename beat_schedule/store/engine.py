"""An engine for a database URL: SQLite in WAL with honest transactions, PostgreSQL by psycopg 3."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from beat_schedule.clock import SystemClock
from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings

from .cut_off import mark_cut_off
from .drivers import CONNECT_TIMEOUT, LIVENESS, SQLITE_BUSY_TIMEOUT, refuse_ascii

#: What PostgreSQL does about one of us that was cut off without a word: until it gives him up, what
#: he locked stays locked. Its own keepalives would find it out after two hours.
OUR_LIVENESS = (
    "SELECT set_config('tcp_keepalives_idle', '10', false), "
    "set_config('tcp_keepalives_interval', '5', false), "
    "set_config('tcp_keepalives_count', '3', false), "
    "set_config('tcp_user_timeout', '20000', false)"
)

#: For so many seconds a connection that answered is thought to answer.
TRUSTED_FOR = 5.0
IDLE_SINCE = "hookbeat_idle_since"

#: Each of a pool's threads keeps the connection of its run for as long as that takes: how many
#: there may be is the pool's to say.
UNBOUNDED = {"max_overflow": -1}

#: Begins like a reader, and anew with its first write.
LATE = "LATE"

#: Where a SQLite connection says that its transaction has only read so far.
READS_ONLY = "hookbeat_reads_only"

#: A statement that writes nothing; a savepoint goes before a write as a rule.
_READS = re.compile(
    r"\s*(SELECT|VALUES|EXPLAIN|PRAGMA|WITH(?!.*\b(INSERT|UPDATE|DELETE|REPLACE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)

Sessions = sessionmaker[Session]


def make_engine(url: str, lock_wait: int | None = None) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`; makes the folder of a SQLite file.

    With `lock_wait` nothing waits longer for what somebody else has locked, in seconds.
    """
    parsed = _with_driver(make_url(url))
    if parsed.get_backend_name() == "sqlite":
        bound = UNBOUNDED if _is_a_file(parsed) else {}
        return _sqlite(parsed, wait=lock_wait or SQLITE_BUSY_TIMEOUT, **bound)
    engine = _postgresql(parsed, wait=CONNECT_TIMEOUT, lock_wait=lock_wait, **UNBOUNDED)
    _ping_after_idling(engine)
    mark_cut_off(engine)
    return engine


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """An engine; raises StoreError where the folder of a SQLite file cannot be made."""
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        yield engine
    finally:
        engine.dispose()


def make_fleeting_engine(url: str, *, busy_wait: int = 0) -> Engine:
    """For a process that forks: keeps no connection.

    It waits so many seconds for who else writes to SQLite, and two for a lock of PostgreSQL's.
    """
    parsed = _with_driver(make_url(url))
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, wait=busy_wait, poolclass=NullPool)
    return _postgresql(parsed, wait=2, lock_wait=2, poolclass=NullPool)


def make_sessions(engine: Engine) -> Sessions:
    """Sessions that may write: on SQLite each waits for its turn when it begins."""
    return sessionmaker(engine, expire_on_commit=False)


def make_readers(engine: Engine) -> Sessions:
    """Sessions that only read: no writer makes them wait."""
    return sessionmaker(engine.execution_options(begin="DEFERRED"), expire_on_commit=False)


def late_writer(sessions: Sessions) -> Session:
    """A session that on SQLite takes the one right to write at its first write, and not before.

    What it read until then may be changed by others up to that moment, as on PostgreSQL.
    """
    engine: Engine = sessions.kw["bind"]
    return sessions(bind=engine.execution_options(begin=LATE))


def may_have_written(session: Session) -> bool:
    """Whether there is anything to commit; only SQLite's sessions can tell."""
    if session.new or session.dirty or session.deleted:
        return True
    return session.in_transaction() and not session.connection().info.get(READS_ONLY)


def _with_driver(url: URL) -> URL:
    """`postgres://` and `postgresql://` both mean psycopg 3 here."""
    if url.get_backend_name() in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _postgresql(url: URL, *, wait: int, lock_wait: int | None = None, **options: Any) -> Engine:
    engine = create_engine(url, connect_args={"connect_timeout": wait, **LIVENESS}, **options)

    # Before SQLAlchemy's own first look, which such a database answers in bytes.
    @event.listens_for(engine, "connect", insert=True)
    def look_at_the_encoding(connection: Any, _record: Any) -> None:
        refuse_ascii(connection)

    @event.listens_for(engine, "connect")
    def let_us_be_missed(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(OUR_LIVENESS)
        if lock_wait:
            connection.execute(f"SET lock_timeout = '{lock_wait}s'")
        connection.autocommit = False

    return engine


def _ping_after_idling(engine: Engine) -> None:
    """Ask a connection whether it still answers only if it has not been used for a while.

    SQLAlchemy's own ping is a round trip for each transaction.
    """
    clock = SystemClock()

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[IDLE_SINCE] = clock.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get(IDLE_SINCE)
        if since is None or clock.monotonic() - since < TRUSTED_FOR:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool opens another.
            raise DisconnectionError from error


def _is_a_file(url: URL) -> bool:
    return bool(url.database) and url.database != ":memory:"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the database cannot be used: {error} (HOOKBEAT_DATABASE_URL says where)"
        ) from error


def _sqlite(url: URL, *, wait: float, **options: Any) -> Engine:
    if _is_a_file(url):
        _make_folder(Path(str(url.database)).parent)
    engine = create_engine(url, connect_args={"timeout": wait}, **options)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # Python's driver begins transactions late and commits before DDL; we begin them ourselves.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE: who will write waits at the start, instead of failing in the middle.
        mode = connection.get_execution_options().get("begin", "IMMEDIATE")
        connection.info[READS_ONLY] = False
        connection.exec_driver_sql(f"BEGIN {'DEFERRED' if mode == LATE else mode}")
        connection.info[READS_ONLY] = mode == LATE

    @event.listens_for(engine, "before_cursor_execute")
    def begin_to_write(connection: Connection, *said: Any) -> None:
        _cursor, statement, *_ = said
        if connection.info.get(READS_ONLY) and not _READS.match(statement):
            _begin_to_write(connection)

    return engine


def _begin_to_write(connection: Connection) -> None:
    """Begin anew: a transaction that has read could not wait for its turn, only fail."""
    connection.info[READS_ONLY] = False
    connection.exec_driver_sql("COMMIT")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError:
        connection.exec_driver_sql("BEGIN DEFERRED")
        connection.info[READS_ONLY] = True
        raise
