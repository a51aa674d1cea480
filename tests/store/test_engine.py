"""Engines: which driver, which locks, and what a fork must not find."""

import sqlite3
from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from beat_schedule.errors import StoreError
from beat_schedule.store import engine as engines
from beat_schedule.store.engine import (
    late_writer,
    make_engine,
    make_fleeting_engine,
    make_readers,
    make_sessions,
    may_have_written,
)


def test_sqlite_is_in_wal_and_readers_do_not_wait_for_the_writer(sqlite_url):
    engine = make_engine(sqlite_url)
    with make_sessions(engine)() as writer, make_readers(engine)() as reader:
        writer.execute(text("CREATE TABLE work (done INTEGER)"))

        assert reader.scalar(text("PRAGMA journal_mode")) == "wal"
        assert reader.scalar(text("SELECT count(*) FROM run")) == 0
    engine.dispose()


def test_a_session_takes_no_lock_before_it_is_used(sqlite_url):
    engine = make_engine(sqlite_url)
    with make_sessions(engine)():
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0)
        other.execute("BEGIN IMMEDIATE")
        other.close()
    engine.dispose()


@pytest.fixture
def two(sqlite_url, monkeypatch):
    """Two sessions of runs beside one another; nobody waits long for the other."""
    monkeypatch.setattr(engines, "SQLITE_BUSY_TIMEOUT", 0)
    engine = make_engine(sqlite_url)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        session.execute(text("CREATE TABLE work (done INTEGER)"))
    with late_writer(sessions) as one, late_writer(sessions) as other:
        yield one, other
    engine.dispose()


def count(session):
    return session.scalar(text("SELECT count(*) FROM work"))


def test_a_late_writer_that_reads_keeps_nobody_from_writing(two):
    one, other = two
    count(one)
    one.execute(text("WITH done AS (SELECT 1) SELECT * FROM done"))

    other.execute(text("INSERT INTO work VALUES (1)"))
    other.commit()

    assert not may_have_written(one)
    assert count(one) == 0


def test_a_late_writer_writes_on_what_the_others_wrote_meanwhile(two):
    one, other = two
    count(one)
    other.execute(text("INSERT INTO work VALUES (1)"))
    other.commit()

    one.execute(text("UPDATE work SET done = done + 1"))
    assert may_have_written(one)
    one.commit()

    assert other.scalar(text("SELECT done FROM work")) == 2


def test_a_late_writer_whose_turn_does_not_come_fails_at_its_write_and_goes_on_reading(two):
    one, other = two
    count(one)
    other.execute(text("INSERT INTO work VALUES (1)"))

    with pytest.raises(OperationalError, match="locked"):
        one.execute(text("INSERT INTO work VALUES (2)"))

    assert count(one) == 0
    other.commit()
    one.execute(text("INSERT INTO work VALUES (2)"))
    one.rollback()
    assert count(other) == 1


def test_a_savepoint_of_a_late_writer_is_the_beginning_of_a_write(two):
    one, _ = two
    count(one)

    with one.begin_nested():
        one.execute(text("INSERT INTO work VALUES (1)"))
    one.commit()

    assert count(one) == 1


def test_a_postgresql_that_knows_no_encoding_is_refused_in_words(postgres_server):
    name = "no_encoding"
    postgres_server.ask(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    )
    engine = make_engine(postgres_server.url(name))

    with pytest.raises(StoreError, match="ENCODING 'UTF8'"):
        engine.connect()

    engine.dispose()
    postgres_server.ask(f"DROP DATABASE {name}")


def test_a_fleeting_engine_does_not_wait_and_keeps_nothing_open(sqlite_url):
    engine = make_fleeting_engine(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OperationalError, match="locked"), make_sessions(engine)() as session:
        session.execute(text("SELECT 1"))

    other.close()
    assert "NullPool" in engine.pool.status()
    patient = make_fleeting_engine(sqlite_url, busy_wait=2)
    with patient.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 2000


def test_both_words_for_postgresql_mean_the_same_driver(postgres_url):
    for scheme in ("postgres://", "postgresql://"):
        engine = make_engine(postgres_url.replace("postgresql://", scheme))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        assert engine.driver == "psycopg"
        engine.dispose()


def test_a_connection_that_died_while_it_idled_is_replaced_unseen(postgres_url, monkeypatch):
    monkeypatch.setattr(engines, "TRUSTED_FOR", 0.0)
    engine = make_engine(postgres_url)
    with engine.connect() as connection:
        idle = connection.scalar(text("SELECT pg_backend_pid()"))
    killer = make_engine(postgres_url)
    with killer.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": idle})

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != idle
    engine.dispose()
    killer.dispose()


@pytest.mark.parametrize("make", [make_engine, make_fleeting_engine])
def test_postgresql_gives_up_within_half_a_minute_who_is_cut_off(postgres_url, make):
    engine = make(postgres_url)
    with engine.connect() as connection:
        names = ("idle", "interval", "count")
        idle, interval, count = (
            int(connection.scalar(text(f"SHOW tcp_keepalives_{name}"))) for name in names
        )
        assert idle + interval * count <= 30
        assert connection.scalar(text("SHOW tcp_user_timeout")) in {"20s", "20000"}
    engine.dispose()


def test_as_many_runs_as_a_pool_has_threads_have_a_session_each(database_url):
    engine = make_engine(database_url)
    sessions = make_sessions(engine)
    with ExitStack() as stack:
        for _ in range(20):
            session = stack.enter_context(late_writer(sessions))
            assert session.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_who_may_not_wait_for_a_lock_is_told_soon(postgres_url):
    patient, hasty = make_engine(postgres_url), make_engine(postgres_url, lock_wait=1)
    with patient.connect() as holder, hasty.connect() as other:
        holder.execute(text("CREATE TABLE work (done INTEGER)"))
        holder.commit()
        holder.execute(text("LOCK TABLE work"))
        with pytest.raises(OperationalError, match="lock timeout"):
            other.execute(text("INSERT INTO work VALUES (1)"))
    patient.dispose()
    hasty.dispose()
