"""How long runs took, of those whose task was called."""

import re
from datetime import timedelta

from sqlalchemy import event, text

from beat_schedule.store.durations import NEWEST, durations_of
from beat_schedule.store.models import Outcome
from tests.recorded import ENTRY, a_run, keep, minutes

OTHER = "tasks.sync.pull@all"


def took(at, seconds, outcome=Outcome.SUCCEEDED, **changes):
    return a_run(
        minutes(at), outcome, finished_at=minutes(at) + timedelta(seconds=seconds), **changes
    )


def test_the_times_of_the_last_runs_are_told_in_their_order(sessions):
    keep(sessions, took(2, 5), took(1, 3.5), took(3, 7, Outcome.FAILED), took(4, 2, entry=OTHER))

    with sessions() as session:
        found = durations_of(session, [ENTRY, OTHER, "never@daily"])

    assert found == {ENTRY: [3.5, 5.0, 7.0], OTHER: [2.0]}


def test_what_was_not_called_or_has_not_ended_took_no_time(sessions):
    keep(sessions, took(1, 5, Outcome.SKIPPED), took(2, 5, Outcome.EXPIRED), a_run(outcome=None))

    with sessions() as session:
        assert durations_of(session, [ENTRY]) == {}


def test_only_the_newest_are_looked_at_along_an_index(engine, sessions):
    keep(sessions, *(took(number, number) for number in range(NEWEST + 5)))
    plans = []

    @event.listens_for(engine, "before_cursor_execute")
    def look(connection, _cursor, statement, parameters, *_more):
        if statement.startswith("SELECT run."):
            explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[engine.dialect.name]
            cursor = connection.connection.cursor()
            cursor.execute(f"{explain} {statement}", parameters)
            plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    with sessions() as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET enable_seqscan = off"))
        found = durations_of(session, [ENTRY])

    assert (len(found[ENTRY]), found[ENTRY][0]) == (NEWEST, 5.0)
    assert [plan for plan in plans if re.search("ix_run_entry_finished_at", plan)] == plans != []
