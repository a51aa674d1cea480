"""What is too old is taken in small steps, and found by an index."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text

from beat_schedule.store import retention
from beat_schedule.store.engine import late_writer
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Occurrence, RunEvent
from beat_schedule.store.retention import Cleaning
from tests.recorded import KEEP, NOW, a_run, an_event, days, keep, minutes
from tests.store.decided import sent


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", 3)
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 3)


@pytest.mark.usefixtures("small")
def test_it_goes_in_batches_with_a_commit_each_and_says_how_far_it_is(sessions, clean, left):
    keep(sessions, *[a_run(minutes(n)) for n in range(8)])
    Journal(sessions).keep([sent(minutes(n), run=None) for n in range(5)], [], None)
    keep(sessions, *[an_event(a_run(), at=minutes(n)) for n in range(4)])
    commits = []
    event.listen(sessions.kw["bind"], "commit", commits.append)

    gone, told = clean()

    assert (gone.runs, gone.decisions, gone.events) == (7, 4, 4)
    assert told == [3, 6, 7, 10, 11, 14, 15]
    assert len(commits) >= len(told)
    assert (len(left(Occurrence.first_due)), left(RunEvent.run)) == (1, set())


@pytest.mark.usefixtures("small")
def test_runs_that_ended_at_the_same_moment_all_go(sessions, clean, left):
    keep(sessions, *[a_run(days(0)) for _ in range(10)], last := a_run(days(99)))

    clean()

    assert left() == {last.id}


@pytest.mark.usefixtures("small")
def test_whoever_is_stopped_has_lost_nothing(sessions, clean, left):
    keep(sessions, *[a_run(minutes(n)) for n in range(8)])

    def stop(_):
        raise KeyboardInterrupt

    with late_writer(sessions) as session, pytest.raises(KeyboardInterrupt):
        Cleaning(session, KEEP, NOW, stop).clean()
    assert len(left()) == 5

    clean()
    assert len(left()) == 1


def test_two_who_clean_at_once_take_it_once(sessions, left):
    keep(sessions, *[a_run(minutes(n)) for n in range(300)])

    def clean(_):
        with late_writer(sessions) as session:
            return Cleaning(session, KEEP, NOW).clean().runs

    with ThreadPoolExecutor(max_workers=2) as pool:
        taken = list(pool.map(clean, range(2)))

    assert sum(taken) == 299
    assert len(left()) == 1


def test_an_empty_record_is_clean(clean):
    gone, told = clean()

    assert set(gone.counts().values()) == {0}
    assert told == []


# PostgreSQL alone: what a batch costs


MANY = """
    INSERT INTO run (id, entry, task, due_at, trigger, queue, state, outcome, attempt,
                     attempt_token, beat, lost_count, started_at, finished_at, worker,
                     args, kwargs, counts)
    SELECT gen_random_uuid(), 'entry ' || n % 5, 't', at, 'schedule', 'default', 'ended',
           CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'succeeded' END, 1, gen_random_uuid(), 0, 0,
           at, at, 'w', '[]', '{}', '{}'
    FROM (SELECT n, timestamptz '2026-03-10 12:00Z' + n * interval '10 minutes' AS at
          FROM generate_series(1, 5000) n) many;
    INSERT INTO occurrence (entry, first_due, last_due, count, decision, reason, term, decided_at,
                            run, queue, step)
    SELECT entry, due_at, due_at, 1, 'sent', '', 1, due_at, id, 'default', 0 FROM run;
    INSERT INTO run_event (run, at, event, text) SELECT id, due_at, 'dropped', '' FROM run;
    ANALYZE run, occurrence, run_event
"""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_statement_finds_its_rows_by_an_index(sessions, clean):
    engine = sessions.kw["bind"]
    with engine.begin() as connection:
        for statement in MANY.split(";"):
            connection.execute(text(statement))
        # A table as small as this it reads as a whole, rightly, unless it is told not to.
        name = connection.engine.url.database
        connection.execute(text(f'ALTER DATABASE "{name}" SET enable_seqscan = off'))
    engine.dispose()
    plans = {}

    @event.listens_for(engine, "before_cursor_execute")
    def explain(connection, _cursor, statement, parameters, *_more):
        if not statement.startswith("EXPLAIN") and statement not in plans:
            plans[statement] = None
            asked = connection.connection.cursor().execute(f"EXPLAIN {statement}", parameters)
            plans[statement] = "\n".join(row for (row,) in asked.fetchall())

    gone, _ = clean(now=days(60))

    assert gone.runs > 100
    assert gone.decisions > 100
    # Of incidents there are few, and of holds one for each target.
    few = ("FROM incident", "FROM hold")
    read = {name: plan for name, plan in plans.items() if not any(each in name for each in few)}
    assert {name: plan for name, plan in read.items() if "Seq Scan" in (plan or "")} == {}
    used = "\n".join(filter(None, plans.values()))
    for index in (
        "ix_run_entry_finished_at",
        "ix_run_entry_due_at",
        "ix_occurrence_last_due",
        "ix_run_event_run",
    ):
        assert index in used
