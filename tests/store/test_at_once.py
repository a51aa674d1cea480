"""The usual way in as one statement: what it writes is what the gate writes, or nothing."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import DataError

from beat_schedule.decisions import Decided, Decision
from beat_schedule.policies import Overlap
from beat_schedule.store.at_once import engine_at_once, open_at_once
from beat_schedule.store.gate import open_run
from beat_schedule.store.models import Occurrence, Run, Trigger
from beat_schedule.store.occurrences import keep_decided
from beat_schedule.store.revision import bump
from tests.openings import NOON, an_opening


@pytest.fixture
def database_url(postgres_url):
    """Only there a transaction of several statements costs a journey for each."""
    return postgres_url


@pytest.fixture
def at_once(sessions):
    """Ask to start a run as one statement, under this revision of the guards."""

    def asked(opening, revision=0):
        with engine_at_once(sessions).connect() as connection:
            return open_at_once(connection, opening, revision)

    return asked


def written(session, table):
    """Every row, without what each has of its own."""
    names = [each.key for each in inspect(table).column_attrs]
    own = {"id", "run", "attempt_token", "first_due", "last_due", "due_at"}
    rows = session.scalars(select(table)).all()
    return [{name: getattr(row, name) for name in names if name not in own} for row in rows]


@pytest.mark.parametrize("trigger", [Trigger.SCHEDULE, Trigger.MANUAL])
def test_it_writes_what_the_gate_writes(sessions, at_once, trigger):
    said = {"trigger": trigger, "args": (1, "two"), "kwargs": {"three": [3.0]}, "reruns": 2}
    said |= {"queued_at": NOON, "expires_at": NOON + timedelta(hours=1), "celery_id": "c-1"}
    with sessions.begin() as session:
        open_run(session, an_opening(**said, due_at=NOON - timedelta(days=1)))

    assert at_once(an_opening(**said))

    with sessions() as session:
        for table in (Run, Occurrence):
            rows = written(session, table)
            assert rows[:1] == rows[1:]
            assert rows or (table, trigger) == (Occurrence, Trigger.MANUAL)


def test_what_is_sent_on_record_is_awaited_no_more(sessions, at_once):
    opening = an_opening()
    sent = {"entry": opening.entry, "first_due": NOON, "last_due": NOON, "count": 1, "term": 7}
    told = {"decision": Decision.SENT, "reason": "", "decided_at": NOON, "queue": "default"}
    with sessions.begin() as session:
        keep_decided(session, [Decided(**sent, **told, run=opening.run_id)])

    assert at_once(opening)

    with sessions() as session:
        row = session.scalars(select(Occurrence)).one()
    assert (row.term, row.awaited_since) == (7, None)


def test_a_run_that_has_its_row_is_left_to_the_gate(sessions, at_once):
    opening = an_opening()
    assert at_once(opening)

    assert not at_once(an_opening(run_id=opening.run_id, token=uuid.uuid4()))

    with sessions() as session:
        assert session.get_one(Run, opening.run_id).attempt_token == opening.token


def test_a_run_whose_slot_is_taken_is_left_to_the_gate(sessions, at_once):
    assert at_once(an_opening(overlap=Overlap.SKIP))

    assert not at_once(an_opening(overlap=Overlap.SKIP, due_at=NOON + timedelta(days=1)))

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 1


def test_what_was_switched_meanwhile_is_for_the_gate_to_look_at(sessions, at_once):
    with sessions.begin() as session:
        bump(session)

    assert not at_once(an_opening(), revision=0)
    assert at_once(an_opening(), revision=1)


def test_another_decision_on_record_is_for_the_gate_to_settle(sessions, at_once):
    opening = an_opening()
    line = {"entry": opening.entry, "first_due": NOON, "last_due": NOON, "count": 1, "term": 7}
    told = {"decision": Decision.MISSED, "reason": "late", "decided_at": NOON, "queue": ""}
    with sessions.begin() as session:
        keep_decided(session, [Decided(**line, **told, run=None)])

    with pytest.raises(DataError):
        at_once(opening)

    with sessions() as session:
        assert session.get(Run, opening.run_id) is None
        assert session.scalars(select(Occurrence.decision)).all() == [Decision.MISSED]
