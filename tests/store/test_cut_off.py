"""A connection that breaks is told from a statement that fails."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.store.cut_off import was_cut_off
from beat_schedule.store.engine import make_engine
from tests.servers import free_port


@pytest.fixture
def engine(postgres_url):
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


def test_a_server_that_ended_our_connection_cut_it_off(engine, postgres_url):
    killer = make_engine(postgres_url)
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with killer.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(SQLAlchemyError) as raised:
            connection.execute(text("SELECT 1"))
    killer.dispose()

    wrapped = ValueError("of the task's own")
    wrapped.__cause__ = raised.value
    assert was_cut_off(raised.value)
    assert was_cut_off(wrapped)


def test_so_is_one_that_cannot_be_had():
    engine = make_engine(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")

    with pytest.raises(SQLAlchemyError) as raised, engine.connect():
        pass

    assert was_cut_off(raised.value)


def test_a_statement_that_fails_is_its_own_fault(engine):
    with engine.connect() as connection, pytest.raises(SQLAlchemyError) as raised:
        connection.execute(text("SELECT 1 FROM nowhere"))

    assert not was_cut_off(raised.value)
    assert not was_cut_off(ValueError("no"))
