"""What the record says of one due time, and how it finds it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from beat_schedule.decisions import Decision
from beat_schedule.store import explaining
from beat_schedule.store.audit import CHANGES_NOTHING, note
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import RunState
from tests.recorded import ENTRY, NOON, a_run, keep, minutes
from tests.store.decided import sent, span

OLD = "tasks.shop.close@weekly"
KEYS = (ENTRY, OLD)


def test_a_due_time_is_found_by_itself_within_a_span_and_under_a_former_key(sessions):
    lines = [span(1, 5), sent(minutes(7)), sent(minutes(0), OLD)]
    Journal(sessions).keep(lines, [], None)

    with sessions() as session:
        found = {n: explaining.decision_at(session, KEYS, minutes(n)) for n in (0, 3, 6, 7)}

    assert found[6] is None
    assert (found[0].decided.entry, found[3].decided.count) == (OLD, 5)
    assert (found[7].decided.decision, found[7].is_awaited) == (Decision.SENT, True)


def test_the_newest_due_time_of_a_span_is_the_one_that_the_record_names(sessions):
    Journal(sessions).keep([sent(minutes(1)), sent(minutes(2)), sent(minutes(9))], [], None)

    with sessions() as session:
        assert explaining.newest_due(session, KEYS, NOON, minutes(8)) == minutes(2)
        assert explaining.newest_due(session, KEYS, minutes(3), minutes(8)) is None
        assert explaining.first_due(session, KEYS) == minutes(1)


def test_runs_of_a_due_time_come_with_those_that_people_asked_for(sessions):
    first, again = a_run(NOON, started_at=minutes(1)), a_run(NOON, started_at=minutes(9))
    keep(sessions, again, first, a_run(minutes(1)))

    with sessions() as session:
        stories = explaining.stories_at(session, KEYS, NOON)

    assert [story.run.id for story in stories] == [first.id, again.id]


def test_the_run_in_the_way_is_the_one_that_has_the_slot(sessions):
    run = a_run(outcome=None, state=RunState.WAITING, slot=ENTRY)
    keep(sessions, run)

    with sessions() as session:
        assert explaining.slot_holder(session, ENTRY).id == run.id
        assert explaining.slot_holder(session, OLD) is None


@pytest.fixture
def plans(engine):
    """How the database goes about each question that is put to it meanwhile."""
    found = []
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[engine.dialect.name]

    @event.listens_for(engine, "before_cursor_execute")
    def look(connection, _cursor, statement, parameters, *_more):
        if statement.startswith("SELECT"):
            cursor = connection.connection.cursor()
            cursor.execute(f"{explain} {statement}", parameters)
            found.append((statement, "\n".join(str(row[-1]) for row in cursor.fetchall())))

    return found


def test_every_question_goes_along_an_index(engine, sessions, plans):
    # With so few rows PostgreSQL would rather read the whole table.
    with sessions() as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET enable_seqscan = off"))
        plans.clear()
        explaining.decision_at(session, [ENTRY], NOON)
        explaining.newest_due(session, [ENTRY], NOON, minutes(9))
        explaining.first_due(session, [ENTRY])
        explaining.stories_at(session, [ENTRY], NOON)
        explaining.slot_holder(session, ENTRY)
        explaining.run_of(session, a_run().id)
        explaining.changes_between(session, KEYS, NOON, minutes(9))
        explaining.incidents_between(session, KEYS, NOON - timedelta(days=1), minutes(9))

    assert len(plans) == 8
    assert [
        said for _, said in plans if not re.search("(?i)using.* index|index.* scan", said)
    ] == []


def test_a_pass_without_a_beat_is_no_change(sessions):
    with sessions.begin() as session:
        for action in ("pause", CHANGES_NOTHING):
            note(session, at=NOON, who="ada", by="cli", action=action, target=ENTRY)

    with sessions() as session:
        found = explaining.changes_between(session, [ENTRY], NOON, minutes(9))

    assert [each.action for each in found] == ["pause"]
