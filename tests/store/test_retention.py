"""What is taken from the record, what never is, and that it goes in small steps."""

from datetime import timedelta

import pytest

from beat_schedule.decisions import Decision
from beat_schedule.store.incident_table import IncidentRow
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import (
    Attempt,
    Occurrence,
    Outcome,
    RunEvent,
    RunLine,
    RunState,
)
from tests.recorded import ENTRY, NOW, a_line, a_run, an_attempt, an_event, days, keep
from tests.store.decided import run_of, sent, span

OTHER = "tasks.sync.pull@all"


# Runs


def test_what_did_not_fail_goes_by_its_age_and_failures_stay_longer(sessions, clean, left):
    ages = {age: [a_run(days(100 - age), each) for each in Outcome] for age in (29, 31, 89, 91)}
    newest = a_run(days(99))
    keep(sessions, newest, *[run for runs in ages.values() for run in runs])
    failures = {Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST}
    expected = {newest.id} | {run.id for run in ages[29]}
    expected |= {run.id for age in (31, 89) for run in ages[age] if run.outcome in failures}

    gone, _ = clean()

    assert left() == expected
    assert gone.runs == 5 * len(Outcome) - len(expected) - len(Outcome) + 1


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.WAITING])
def test_what_has_not_ended_never_goes(sessions, clean, left, state):
    run = a_run(days(-999), None, state=state)
    keep(sessions, run)

    clean()

    assert left() == {run.id}


def test_the_last_success_of_an_entry_always_stays(sessions, clean, left):
    lasts = [a_run(days(1)), a_run(days(2), entry=OTHER)]
    keep(
        sessions,
        a_run(days(0)),
        *lasts,
        a_run(days(95), Outcome.FAILED),
        a_run(days(3), Outcome.SKIPPED),
    )

    clean(per_entry=1)

    assert {run.id for run in lasts} <= left()
    assert len(left()) == 3


def test_of_an_entry_so_many_stay_and_as_many_failed_ones(sessions, clean, left):
    well = [a_run(days(80 + n)) for n in range(5)]
    failed = [a_run(days(80 + n), Outcome.FAILED) for n in range(5)]
    few = a_run(days(80), entry=OTHER)
    keep(sessions, *well, *failed, few)

    gone, _ = clean(per_entry=3)

    assert left() == {run.id for run in (*well[2:], *failed[2:], few)}
    assert gone.runs == 4


def test_however_many_there_are_none_goes_that_may_be_delivered_again(sessions, clean, left):
    runs = [a_run(NOW - timedelta(hours=hours)) for hours in (1, 24, 47, 49)]
    keep(sessions, *runs)

    clean(per_entry=1)

    assert left() == {run.id for run in runs[:3]}


def test_an_entry_that_catches_up_for_long_keeps_its_runs_for_as_long(sessions, clean, left):
    runs = [a_run(days(60), entry=entry) for entry in (ENTRY, OTHER)]
    newest = [a_run(days(99), entry=entry) for entry in (ENTRY, OTHER)]
    keep(sessions, *runs, *newest)

    clean(least={ENTRY: timedelta(days=50)})

    assert left() == {runs[0].id, *(run.id for run in newest)}


def test_an_entry_that_logs_failures_keeps_its_successes_briefly(sessions, clean, left):
    young, last = a_run(NOW - timedelta(hours=47)), a_run(NOW - timedelta(hours=1))
    old = [a_run(days(97)), a_run(days(97), Outcome.FAILED), a_run(days(97), Outcome.SKIPPED)]
    other = a_run(days(97), entry=OTHER)
    keep(sessions, young, last, *old, other)

    clean(brief=frozenset({ENTRY}))

    assert left() == {run.id for run in (young, last, *old[1:], other)}


def test_an_entry_that_logs_failures_keeps_its_last_success(sessions, clean, left):
    keep(sessions, last := a_run(days(10)), a_run(days(9)))

    clean(brief=frozenset({ENTRY}))

    assert left() == {last.id}


def test_with_a_run_goes_all_that_belongs_to_it_and_nothing_else(sessions, clean, left):
    old, kept = a_run(days(0)), a_run(days(99))
    for run in (old, kept):
        keep(
            sessions,
            run,
            an_attempt(run, 1),
            a_line(run, 0, "said"),
            an_event(run, "dropped", days(99)),
        )

    gone, _ = clean()

    assert left(Attempt.run_id) == left(RunLine.run_id) == left(RunEvent.run) == {kept.id}
    assert (gone.runs, gone.events) == (1, 0)


# Decisions and events


def test_decisions_go_by_their_age(sessions, clean, left):
    old, new = span(0, 5), sent(days(71), run=None)
    Journal(sessions).keep([old, new], [], None)

    gone, _ = clean()

    assert gone.decisions == 1
    assert left(Occurrence.first_due) == {new.first_due}


def test_the_last_decision_of_an_entry_always_stays(sessions, clean, left):
    lasts = [sent(days(5), run=None), sent(days(1), OTHER, run=None)]
    Journal(sessions).keep([sent(days(4), run=None), *lasts], [], None)

    clean()

    assert left(Occurrence.first_due) == {days(5), days(1)}


def test_a_span_that_still_grows_stays(sessions, clean, left):
    with sessions.begin() as session:
        session.add(an_occurrence(days(0), last_due=days(99), count=100))

    clean()

    assert left(Occurrence.first_due) == {days(0)}


def test_what_was_sent_and_has_not_started_stays(sessions, clean, left):
    Journal(sessions).keep([sent(days(0))], [], None)

    clean()

    assert left(Occurrence.run) == {sent(days(0)).run}


@pytest.mark.parametrize(
    ("state", "stays"),
    [(RunState.WAITING, True), (RunState.RUNNING, True), (RunState.ENDED, False)],
)
def test_the_decision_of_a_run_stays_until_it_has_ended(sessions, clean, left, state, stays):
    outcome = Outcome.FAILED if state is RunState.ENDED else None
    run = a_run(days(40), outcome, state=state, id=run_of(ENTRY, days(40)))
    with sessions.begin() as session:
        session.add_all([run, an_occurrence(days(40), run=run.id), an_occurrence(days(41))])

    clean()

    assert left(Occurrence.run) == ({run.id, None} if stays else {None})


def test_events_of_runs_that_never_had_a_row_go_with_the_failures(sessions, clean, left):
    keep(sessions, an_event(a_run(), at=days(9)), late := an_event(a_run(), at=days(11)))

    gone, _ = clean()

    assert gone.events == 1
    assert left(RunEvent.run) == {late.run}


def test_incidents_that_are_long_over_go_and_others_stay(sessions, clean, left):
    with sessions.begin() as session:
        session.add_all(
            [an_incident(9, 9), open_ := an_incident(8, None), late := an_incident(7, 11)]
        )

    gone, _ = clean()

    assert gone.incidents == 1
    assert left(IncidentRow.id) == {open_.id, late.id}


def an_incident(began, ended):
    return IncidentRow(
        entry=f"{ENTRY} {began}",
        kind="failing",
        began_at=days(began),
        reason="",
        ended_at=ended and days(ended),
    )


def an_occurrence(first_due, **changes):
    values = {
        "entry": ENTRY,
        "first_due": first_due,
        "last_due": first_due,
        "count": 1,
        "decision": Decision.SENT,
        "reason": "",
        "term": 1,
        "decided_at": first_due,
        "run": None,
        "queue": "default",
        "step": 0,
    }
    return Occurrence(**values | changes)
