"""What went wrong of late, for one glance."""

import uuid
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import make_url

from beat_schedule.decisions import EVERYTHING, Decision, Hold, HoldKind
from beat_schedule.errors import StoreError
from beat_schedule.features import Toggle
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.settings import Settings
from beat_schedule.store import glance
from beat_schedule.store.audit import CHANGES_NOTHING, RUN_DUE, note
from beat_schedule.store.engine import Sessions
from beat_schedule.store.features import switch, sync
from beat_schedule.store.glance import glance_at
from beat_schedule.store.holds import keep_holds
from beat_schedule.store.incidents import Incidents
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome
from tests.recorded import ENTRY, NOON, a_run, keep, minutes
from tests.store.decided import span

OTHER = "tasks.sync.pull@all"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST])
def test_an_entry_is_failing_whose_last_run_failed(sessions: Sessions, settings: Settings, outcome):
    last = a_run(minutes(9), outcome, error="LookupError: gone")
    keep(sessions, a_run(minutes(1)), last, a_run(minutes(5), entry=OTHER))

    with glance_at(settings) as record:
        [found] = record.failing(NOON)

    assert (found.entry, found.last.run) == (ENTRY, last.id)


def test_an_entry_that_succeeded_since_is_not_failing(sessions: Sessions, settings: Settings):
    keep(sessions, a_run(minutes(1), Outcome.FAILED), a_run(minutes(2)))

    with glance_at(settings) as record:
        assert record.failing(NOON) == []


def test_an_entry_that_is_gone_is_not_failing(sessions: Sessions, settings: Settings, monkeypatch):
    monkeypatch.setattr(glance, "MOST", 1)
    keep(
        sessions,
        a_run(minutes(1), Outcome.FAILED),
        a_run(minutes(2), Outcome.FAILED, entry=OTHER),
    )

    with glance_at(settings) as record:
        found = record.failing(NOON, lambda entries: {OTHER} & {*entries})

    assert [each.entry for each in found] == [ENTRY]


def test_a_run_that_was_skipped_says_nothing_of_its_task(sessions: Sessions, settings: Settings):
    keep(sessions, a_run(minutes(1), Outcome.FAILED), a_run(minutes(2), Outcome.SKIPPED))

    with glance_at(settings) as record:
        assert [each.entry for each in record.failing(NOON)] == [ENTRY]


def test_the_last_failure_comes_first_and_old_ones_are_left_out(
    sessions: Sessions, settings: Settings
):
    keep(
        sessions,
        a_run(minutes(1), Outcome.FAILED),
        a_run(minutes(2), Outcome.FAILED, entry=OTHER),
        a_run(minutes(-60), Outcome.FAILED, entry="tasks.old@daily"),
    )

    with glance_at(settings) as record:
        assert [each.entry for each in record.failing(NOON)] == [OTHER, ENTRY]


@pytest.mark.parametrize("what", [Decision.MISSED, Decision.EXPIRED, Decision.ERROR])
def test_what_was_not_sent_is_missed(sessions: Sessions, settings: Settings, what):
    Journal(sessions).keep([span(0, 4, what, reason="no beat")], [], None)

    with glance_at(settings) as record:
        [found] = record.missed(NOON)

    assert (found.entry, found.count, found.last_due) == (ENTRY, 5, minutes(4))
    assert found.reason == "no beat"


def test_what_was_sent_and_expired_in_the_queue_is_missed_too(
    sessions: Sessions, settings: Settings
):
    late = {"attempt": 0, "reason": "too late"}
    Journal(sessions).keep([span(1, 1, Decision.MISSED, reason="no beat")], [], None)
    keep(sessions, a_run(minutes(9), Outcome.EXPIRED, due_at=minutes(8), **late))

    with glance_at(settings) as record:
        [found] = record.missed(NOON)

    assert (found.count, found.last_due, found.reason) == (2, minutes(8), "too late")


@pytest.mark.parametrize("what", [Decision.SKIPPED, Decision.COALESCED])
def test_what_somebody_wanted_is_not_missed(sessions: Sessions, settings: Settings, what):
    Journal(sessions).keep([span(1, 1, what, reason="paused by ada")], [], None)

    with glance_at(settings) as record:
        assert record.missed(NOON - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("question", "values", "index"),
    [
        (glance.FAILED, {"since": NOON, "newest": 9}, "ix_run_went_wrong"),
        (glance.NEVER_STARTED, {"since": NOON, "newest": 9}, "ix_run_went_wrong"),
        (glance.NOT_SENT, {"since": NOON, "newest": 9}, "ix_occurrence_went_wrong"),
        (glance.LAST_END, {"entry": ENTRY, "newest": 9}, "ix_run_entry_finished_at"),
        (glance.INCIDENTS, {"most": 9}, "ix_incident_open"),
        (glance.PASSED, {}, "ix_audit_target"),
    ],
)
def test_each_question_goes_along_its_index(settings: Settings, engine, question, values, index):
    kind = engine.dialect.name
    with glance_at(settings) as record:
        if kind == "postgresql":
            # It would rather read all of a table that is empty.
            record.rows("SET enable_seqscan = off")
        explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[kind]
        plan = "\n".join(str(row) for row in record.rows(f"{explain} {question}", **values))

    assert index in plan


def test_what_is_held_is_off_or_is_wrong_is_told_as_it_was_written(
    sessions: Sessions, settings: Settings
):
    hold = Hold(
        target=ENTRY,
        kind=HoldKind.PAUSED,
        since=NOON,
        until=minutes(90),
        by="ada",
        why="100 % sure: no",
        version=3,
    )
    incident = Incident(
        entry=ENTRY, kind=IncidentKind.MISSED, began_at=NOON, reason="no beat", run=uuid.uuid4()
    )
    assert Incidents(sessions).begin(incident)
    with sessions.begin() as session:
        keep_holds(session, [hold])
        sync(session, [Toggle("SMS", ""), Toggle("MAIL", "")], NOON)
        switch(session, "SMS", active=False, by="ada", why="too dear", at=NOON)
        by_run_due = {"by": RUN_DUE, "action": CHANGES_NOTHING, "target": EVERYTHING}
        note(session, at=NOON, who="root@web1", **by_run_due)
        note(session, at=minutes(1), who="ada", by="cli", action="pause", target=EVERYTHING)

    with glance_at(settings) as record:
        [wrong] = record.incidents()
        assert replace(wrong, id=0) == incident
        assert record.holds() == [hold]
        assert record.features_off() == [glance.SwitchedOff("SMS", "ada", "too dear")]
        assert record.last_pass() == glance.Passed(NOON, "root@web1")


def test_a_database_without_tables_is_told_with_its_cure(empty_database_url):
    empty = Settings(database_url=empty_database_url)

    with (
        pytest.raises(StoreError, match=r"\(run `hookbeat migrate`\)$"),
        glance_at(empty) as record,
    ):
        record.holds()


def test_a_database_that_cannot_be_reached_is_told_with_where_it_is_said():
    nowhere = Settings(database_url="postgres://localhost:1/hookbeat")

    with pytest.raises(StoreError, match="HOOKBEAT_DATABASE_URL says where"), glance_at(nowhere):
        pytest.fail("it was reached")


def test_a_url_is_read_as_sqlalchemy_reads_it(postgres_url):
    user, password = f"ada {uuid.uuid4().hex}", "p@ss/w:rd %"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE \"{user}\" LOGIN PASSWORD '{password}'")
    url = make_url(postgres_url).set(
        drivername="postgresql+psycopg",
        username=user,
        password=password,
        query={"application_name": "a glance"},
    )

    with glance_at(Settings(database_url=url.render_as_string(hide_password=False))) as record:
        asked = record.rows("SELECT current_user, current_setting('application_name')")

    assert asked == [(user, "a glance")]
