"""Migrations: from nothing to what the models say, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Uuid, bindparam, text

from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings
from beat_schedule.store import migrate as migrations
from beat_schedule.store.base import Base
from beat_schedule.store.endings import close_run
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.migrate import VERSION_TABLE, migrate, pending, require_current
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Ending
from beat_schedule.store.types import UtcDateTime
from tests.openings import NOON, an_opening

SETTINGS = Settings()

#: As the first version wrote it.
RUNNING_IN_THE_FIRST_VERSION = text(
    "INSERT INTO run (id, entry, task, due_at, trigger, queue, state, attempt, attempt_token, beat,"
    " lost_count, started_at, worker, args, kwargs, counts) VALUES (:id, :entry, :task, :due_at,"
    " 'call', 'default', 'running', 1, :token, 0, 0, :due_at, 'somewhere', '[]', '{}', '{}')"
).bindparams(
    bindparam("id", type_=Uuid),
    bindparam("token", type_=Uuid),
    bindparam("due_at", type_=UtcDateTime),
)
STEPS = [f"hookbeat_{number:04}" for number in range(1, 8)]


@pytest.fixture
def empty_engine(empty_database_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_the_migrations_make_what_the_models_say(engine: Engine):
    with engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(
                connection, opts={"compare_server_default": True, "version_table": VERSION_TABLE}
            ),
            Base.metadata,
        )

    assert differences == []


def test_what_is_pending_is_named_and_then_done_once(empty_engine: Engine):
    assert pending(empty_engine, SETTINGS) == STEPS

    assert migrate(empty_engine, SETTINGS) == STEPS

    assert migrate(empty_engine, SETTINGS) == []
    assert pending(empty_engine, SETTINGS) == []


def vars_of(opening):
    return {
        "id": opening.run_id,
        "token": opening.token,
        "entry": opening.entry,
        "task": opening.task,
        "due_at": opening.due_at,
    }


def test_two_migrations_at_once_do_the_work_once(empty_engine: Engine):
    with ThreadPoolExecutor(max_workers=4) as pool:
        done = list(pool.map(lambda _: migrate(empty_engine, SETTINGS), range(4)))

    assert sorted(done) == [[], [], [], STEPS]


def test_what_the_version_before_wrote_stays_and_its_runs_go_on(empty_engine: Engine):
    def step(to_version, command):
        with empty_engine.begin() as connection:
            config = migrations._config(SETTINGS)
            config.attributes |= {"connection": connection, "version_table": VERSION_TABLE}
            command(config, to_version)

    opening = an_opening()
    migrate(empty_engine, SETTINGS)
    step(STEPS[0], alembic.command.downgrade)
    assert pending(empty_engine, SETTINGS) == STEPS[1:]
    sessions = make_sessions(empty_engine)
    with sessions.begin() as session:
        session.execute(RUNNING_IN_THE_FIRST_VERSION, vars_of(opening))

    migrate(empty_engine, SETTINGS)

    with sessions.begin() as session:
        assert [each.run for each in Journal(sessions).running()] == [opening.run_id]
        ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=NOON)
        assert close_run(session, opening.run_id, opening.token, ending)
    assert Journal(sessions).settled([opening.run_id]) == {opening.run_id}


def test_missing_tables_are_told_with_the_cure(empty_engine: Engine):
    with pytest.raises(StoreError, match=r"lacks 7 migrations \(.*_0007\): run `hookbeat mig"):
        require_current(empty_engine, SETTINGS)


def test_a_database_newer_than_the_code_is_refused(engine: Engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE hookbeat_version SET version_num = 'from_tomorrow'"))

    with pytest.raises(StoreError, match="newer than this code"):
        require_current(engine, SETTINGS)


def test_a_package_without_migrations_is_told(empty_engine: Engine):
    with pytest.raises(StoreError, match="'no_such_package', which has no folder"):
        migrate(empty_engine, Settings(migrations=("no_such_package",)))


def test_a_database_that_cannot_be_reached_is_told_without_its_password():
    engine = make_engine("postgresql://user:sesame@127.0.0.1:1/nothing")

    with pytest.raises(StoreError, match=r"cannot be used: .*refused") as caught:
        pending(engine, SETTINGS)

    assert "sesame" not in str(caught.value)
