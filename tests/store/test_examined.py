"""What `hookbeat doctor` asks of the database itself, and of runs that hang; on both kinds."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from beat_schedule.clock import SystemClock
from beat_schedule.overview.checks import database
from beat_schedule.store.ended import open_now, started_since
from beat_schedule.store.engine import Sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Revision, RunState
from beat_schedule.store.stuck import forgotten, overlong, unstarted
from tests.recorded import NOON, a_run, keep, minutes
from tests.store.decided import sent

CLOCK = SystemClock()
LIMIT = timedelta(minutes=5)


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


def test_a_database_that_is_up_to_date_and_answers_has_no_problem(engine, settings, sessions):
    found = database.measured(engine, CLOCK)

    assert list(database.problems_of(engine, settings, found)) == []
    assert found.size > 0
    assert abs(found.now - CLOCK.now()) < timedelta(seconds=5)
    assert found.words.startswith(engine.dialect.name)
    # What is tried is taken back.
    with sessions() as session:
        assert "hookbeat doctor" not in session.scalars(select(Revision.name)).all()


@pytest.mark.parametrize("which", ["slow", "large"])
def test_one_that_is_slow_or_large_is_found(engine, settings, which):
    measured = {
        "slow": database.Measured("sqlite", 1, timedelta(seconds=1), NOON),
        "large": database.Measured("sqlite", 60 * 10**9, timedelta(0), NOON),
    }

    [problem] = database.problems_of(engine, settings, measured[which])

    assert (
        problem.reason
        == {
            "slow": "it takes 1000 ms to answer",
            "large": "it holds 60 GB",
        }[which]
    )


def test_one_that_cannot_be_written_to_is_found(engine, settings):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE revision RENAME TO gone"))

    [problem] = database.problems_of(engine, settings, database.measured(engine, CLOCK))

    assert "revision" in problem.reason
    assert problem.cure


def test_runs_that_take_longer_than_their_entry_may_are_found(sessions: Sessions):
    slow, quick = a_run(minutes(0), None), a_run(minutes(0), None, entry="tasks.quick@daily")
    keep(sessions, slow, quick, a_run(minutes(9), None, entry="tasks.new@daily"))

    with sessions() as session:
        found = overlong(session, minutes(10), {slow.entry: timedelta(hours=1)}, LIMIT)

    assert [(each.run, each.worker, each.since) for each in found] == [
        (quick.id, "celery@one", minutes(0))
    ]


def test_runs_that_wait_although_they_might_go_on_are_found(sessions: Sessions):
    waits = {"state": RunState.WAITING}
    old = a_run(minutes(0), None, not_before=minutes(1), **waits)
    keep(sessions, old, a_run(minutes(0), None, not_before=minutes(20), **waits))

    with sessions() as session:
        [found] = forgotten(session, minutes(10))

    assert (found.run, found.since) == (old.id, minutes(1))


def test_what_was_sent_and_never_started_is_counted_by_queue(sessions: Sessions, journal):
    journal.keep([sent(minutes(0)), sent(minutes(1)), sent(minutes(30))], [], None)
    started = sent(minutes(2))
    journal.keep([started], [], None)
    keep(sessions, a_run(minutes(2), id=started.run))

    with sessions() as session:
        [found] = unstarted(session, minutes(10))

    assert (found.queue, found.count) == ("default", 2)


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (lambda session: overlong(session, NOON, {}, LIMIT), "ix_run_running"),
        (lambda session: forgotten(session, NOON), "ix_run_waiting"),
        (lambda session: unstarted(session, NOON), "ix_occurrence_awaited_since"),
        (lambda session: started_since(session, NOON), "ix_run_started_at"),
        (open_now, "ix_run_running"),
        (open_now, "ix_run_waiting"),
    ],
)
def test_each_question_goes_along_its_index(sessions: Sessions, plans, question, index):
    with sessions() as session:
        asked = plans(session, lambda: question(session))

    assert any(index in plan for plan in asked), asked
