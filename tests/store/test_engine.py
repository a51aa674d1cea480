"""Engines: which driver, which locks, and what a fork must not find."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from beat_schedule.store.engine import (
    make_engine,
    make_fleeting_engine,
    make_readers,
    make_sessions,
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


def test_a_fleeting_engine_does_not_wait_and_keeps_nothing_open(sqlite_url):
    engine = make_fleeting_engine(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OperationalError, match="locked"), make_sessions(engine)() as session:
        session.execute(text("SELECT 1"))

    other.close()
    assert "NullPool" in engine.pool.status()


def test_both_words_for_postgresql_mean_the_same_driver(postgres_url):
    for scheme in ("postgres://", "postgresql://"):
        engine = make_engine(postgres_url.replace("postgresql://", scheme))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        assert engine.driver == "psycopg"
        engine.dispose()
