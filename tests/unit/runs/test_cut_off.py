"""A database that goes away in the middle of a run: the work is undone, and done again."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import text

from beat_schedule.policies import RunPolicy
from beat_schedule.runs.verdict import GoesOnError
from beat_schedule.store.engine import make_engine
from beat_schedule.store.models import Outcome, RunState
from tests.openings import an_opening
from tests.unit.runs.stories import events, row_of


@pytest.fixture
def database_url(postgres_url):
    return postgres_url


@pytest.fixture
def work_and_lose_the_database(database_url):
    """A task that writes, and whose connection breaks before it is committed."""
    killer = make_engine(database_url)

    def work(context):
        context.session.execute(text("CREATE TABLE IF NOT EXISTS work (done INTEGER)"))
        pid = context.session.scalar(text("SELECT pg_backend_pid()"))
        with killer.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    yield work
    killer.dispose()


def test_its_run_goes_on_in_another_attempt(runner, sessions, work_and_lose_the_database, log):
    opening = an_opening()

    with pytest.raises(GoesOnError):
        runner.carry_out(opening, work_and_lose_the_database, policy=RunPolicy())

    row = row_of(sessions, opening)
    assert (row.state, row.lost_count, row.failed_count) == (RunState.WAITING, 1, 0)
    assert row.reason == "the database went away while it ran"
    assert events(log)[-1] == "run.retrying"
    runner.carry_out(replace(opening, token=uuid.uuid4()), lambda _: None)
    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED


def test_without_reruns_it_is_lost(runner, sessions, work_and_lose_the_database, log):
    opening = an_opening()

    with pytest.raises(Exception, match=r"terminating|closed"):
        runner.carry_out(opening, work_and_lose_the_database, policy=RunPolicy(reruns=0))

    assert row_of(sessions, opening).outcome is Outcome.LOST
    assert events(log)[-1] == "run.lost"
