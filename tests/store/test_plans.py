"""Each question that people ask of the record reads few of its rows, however long it is.

What `status` asks is in test_glance.py, what retention and alarms ask with them.
"""

import re
import uuid
from datetime import timedelta

import pytest

from beat_schedule.decisions import EVERYTHING
from beat_schedule.errors import NotFoundError
from beat_schedule.store import (
    alike,
    attempts,
    audit,
    cancelling,
    definitions,
    durations,
    ended,
    explaining,
    incidents,
    occurrences,
    record,
    said,
    stuck,
    unstarted,
    watched,
)
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import Outcome, RunState
from tests.recorded import ENTRY, NOON, minutes

RUN = uuid.UUID("3d0c9e39-6f0a-5d0b-9f3f-0f6f5f9f8f11")
DAY = timedelta(days=1)

#: By what people call, each question of it and the indexes that it must go along.
QUESTIONS = {
    "doctor: runs that hang": (
        lambda session: stuck.overlong(session, NOON, {}, DAY),
        ["ix_run_running"],
    ),
    "doctor: runs that wait": (lambda session: stuck.forgotten(session, NOON), ["ix_run_waiting"]),
    "doctor: runs that were sent": (
        lambda session: stuck.unstarted(session, NOON),
        ["ix_occurrence_awaited_since", "ix_run_waiting"],
    ),
    "why: the decision": (
        lambda session: explaining.decision_at(session, [ENTRY], NOON),
        ["pk_occurrence"],
    ),
    "why: the newest due time": (
        lambda session: explaining.newest_due(session, [ENTRY], NOON, minutes(9)),
        ["pk_occurrence"],
    ),
    "why: the first due time": (
        lambda session: explaining.first_due(session, [ENTRY]),
        ["pk_occurrence"],
    ),
    "why: the runs": (
        lambda session: explaining.stories_at(session, [ENTRY], NOON),
        ["ix_run_entry_due_at"],
    ),
    "why: the run in the way": (
        lambda session: explaining.slot_holder(session, ENTRY),
        ["uq_run_slot"],
    ),
    "why: what befell it": (
        lambda session: explaining.events_at(session, RUN),
        ["ix_run_event_run"],
    ),
    "why: who changed what": (
        lambda session: explaining.changes_between(session, [ENTRY], NOON, minutes(9)),
        ["ix_audit"],
    ),
    "why: incidents": (
        lambda session: explaining.incidents_between(session, [ENTRY], NOON, minutes(9)),
        ["ix_incident_"],
    ),
    "pending": (unstarted.unstarted, ["ix_occurrence_awaited_since", "ix_run_waiting"]),
    "ready-for-migration": (
        lambda session: unstarted.unstarted_runs(session, 10),
        ["ix_occurrence_awaited_since", "ix_run_waiting"],
    ),
    "metrics: open runs": (ended.open_now, ["ix_run_running", "ix_run_waiting"]),
    "metrics: runs that came": (
        lambda session: ended.started_since(session, NOON),
        ["ix_run_started_at"],
    ),
    "metrics: runs that were open": (lambda session: ended.seen_again(session, [RUN]), ["pk_run"]),
    "backfill: what was sent before": (
        lambda session: record.runs_of(session, [RUN]),
        ["pk_run"],
    ),
    "simulate: how long runs took": (
        lambda session: durations.durations_of(session, [ENTRY]),
        ["ix_run_entry_finished_at"],
    ),
    "purge, cancel: what is awaited": (
        lambda session: cancelling.awaited_among(session, [RUN]),
        ["ix_occurrence_awaited_since"],
    ),
    "cancel: a due time by the run's name": (
        lambda session: record.sent_named(session, "3d0c"),
        ["ix_occurrence_awaited_since"],
    ),
    "incidents: those that are not over": (incidents.incidents_of, ["ix_incident_open"]),
    "incidents: all": (
        lambda session: incidents.incidents_of(session, over=True),
        ["pk_incident"],
    ),
    "status: how entries ended": (
        lambda session: watched.last_ends(session, {ENTRY: 3}),
        ["ix_run_entry_finished_at"],
    ),
    "entry show": (lambda session: definitions.definition_of(session, ENTRY), ["pk_entry"]),
    "entry list": (lambda session: definitions.definitions_of(session, [ENTRY]), ["pk_entry"]),
    "entry: what is new": (
        lambda session: definitions.definitions_since(session, 7, 9),
        ["ix_entry_version"],
    ),
    "audit: of one target": (lambda session: audit.noted(session, ENTRY), ["ix_audit_target"]),
    "audit: of all": (audit.noted, ["pk_audit"]),
    "scheduler status: the last pass": (audit.last_pass, ["ix_audit_target"]),
    "audit: of everything, in a span": (
        lambda session: audit.noted_between(session, [EVERYTHING], NOON, minutes(9), most=9),
        ["ix_audit"],
    ),
    "runs": (record.latest_runs, ["ix_run_started_at"]),
    "runs: since": (
        lambda session: record.latest_runs(session, since=NOON),
        ["ix_run_started_at"],
    ),
    "runs: those that failed": (
        lambda session: record.latest_runs(session, failed=True),
        ["ix_run_went_wrong"],
    ),
    "runs: those that wait": (
        lambda session: record.latest_runs(session, endings=[RunState.WAITING]),
        ["ix_run_waiting"],
    ),
    "runs: of like errors": (
        lambda session: record.latest_runs(session, fingerprint="ab", endings=[Outcome.FAILED]),
        ["ix_run_fingerprint"],
    ),
    "runs: errors that are alike": (
        lambda session: alike.errors_alike(session, since=NOON),
        ["ix_run_fingerprint"],
    ),
    "logs: a run by its name": (lambda session: record.run_named(session, RUN.hex), ["pk_run"]),
    "logs: what it said": (lambda session: record.lines_of(session, RUN), ["pk_run_line"]),
    "logs: what befell it": (
        lambda session: attempts.events_of(session, RUN),
        ["ix_run_event_run"],
    ),
    "logs: words": (
        lambda session: said.lines_with(session, "sent"),
        ["ix_run_started_at", "pk_run_line"],
    ),
    "decisions: of one entry": (
        lambda session: occurrences.decisions_of(session, ENTRY),
        ["pk_occurrence"],
    ),
    "decisions": (occurrences.decisions_of, ["ix_occurrence_last_due"]),
}

#: As SQLite names the index that comes with a primary key or a unique column.
ITS_OWN = {
    "pk_occurrence": "sqlite_autoindex_occurrence_1",
    "pk_run": "sqlite_autoindex_run_1",
    "pk_run_line": "sqlite_autoindex_run_line_1",
    "pk_entry": "sqlite_autoindex_entry_1",
    "uq_run_slot": "sqlite_autoindex_run_2",
    "pk_incident": "SCAN incident",
    "pk_audit": "SCAN audit",
}


@pytest.mark.parametrize("asked", QUESTIONS)
def test_each_question_goes_along_its_index(sessions: Sessions, plans, asked):
    question, indexes = QUESTIONS[asked]
    with sessions() as session:
        kind = session.get_bind().dialect.name
        told = "\n".join(plans(session, lambda: _ask(question, session)))

    own = ITS_OWN if kind == "sqlite" else {}
    assert [name for name in indexes if own.get(name, name) not in told] == [], told
    read_whole = re.findall(r"(?:Seq Scan on|SCAN) (?:run|occurrence|run_line)\b(?! USING)", told)
    assert read_whole == [], told


def _ask(question, session):
    try:
        question(session)
    except NotFoundError:
        # There is none of that name.
        return
