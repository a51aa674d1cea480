"""What went wrong of late, for one glance."""

from datetime import timedelta

import pytest

from beat_schedule.decisions import Decision
from beat_schedule.store.engine import Sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome
from beat_schedule.store.overview import failing, missed
from tests.recorded import ENTRY, NOON, a_run, keep, minutes
from tests.store.decided import span

OTHER = "tasks.sync.pull@all"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST])
def test_an_entry_is_failing_whose_last_run_failed(sessions: Sessions, outcome):
    last = a_run(minutes(9), outcome, error="LookupError: gone")
    keep(sessions, a_run(minutes(1)), last, a_run(minutes(5), entry=OTHER))

    with sessions() as session:
        [found] = failing(session, NOON)

    assert (found.entry, found.last.run) == (ENTRY, last.id)


def test_an_entry_that_succeeded_since_is_not_failing(sessions: Sessions):
    keep(sessions, a_run(minutes(1), Outcome.FAILED), a_run(minutes(2)))

    with sessions() as session:
        assert failing(session, NOON) == []


def test_a_run_that_was_skipped_says_nothing_of_its_task(sessions: Sessions):
    keep(sessions, a_run(minutes(1), Outcome.FAILED), a_run(minutes(2), Outcome.SKIPPED))

    with sessions() as session:
        assert [each.entry for each in failing(session, NOON)] == [ENTRY]


def test_the_last_failure_comes_first_and_old_ones_are_left_out(sessions: Sessions):
    keep(
        sessions,
        a_run(minutes(1), Outcome.FAILED),
        a_run(minutes(2), Outcome.FAILED, entry=OTHER),
        a_run(minutes(-60), Outcome.FAILED, entry="tasks.old@daily"),
    )

    with sessions() as session:
        assert [each.entry for each in failing(session, NOON)] == [OTHER, ENTRY]


@pytest.mark.parametrize("what", [Decision.MISSED, Decision.EXPIRED, Decision.ERROR])
def test_what_was_not_sent_is_missed(sessions: Sessions, what):
    Journal(sessions).keep([span(0, 4, what, reason="no beat")], [], None)

    with sessions() as session:
        [found] = missed(session, NOON)

    assert (found.entry, found.count, found.last_due) == (ENTRY, 5, minutes(4))
    assert found.reason == "no beat"


def test_what_was_sent_and_expired_in_the_queue_is_missed_too(sessions: Sessions):
    late = {"attempt": 0, "reason": "too late"}
    Journal(sessions).keep([span(1, 1, Decision.MISSED, reason="no beat")], [], None)
    keep(sessions, a_run(minutes(9), Outcome.EXPIRED, due_at=minutes(8), **late))

    with sessions() as session:
        [found] = missed(session, NOON)

    assert (found.count, found.last_due, found.reason) == (2, minutes(8), "too late")


@pytest.mark.parametrize("what", [Decision.SKIPPED, Decision.COALESCED])
def test_what_somebody_wanted_is_not_missed(sessions: Sessions, what):
    Journal(sessions).keep([span(1, 1, what, reason="paused by ada")], [], None)

    with sessions() as session:
        assert missed(session, NOON - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (failing, "ix_run_went_wrong"),
        (missed, "ix_run_went_wrong"),
        (missed, "ix_occurrence_went_wrong"),
    ],
)
def test_each_question_goes_along_its_index(sessions: Sessions, question, index, plans):
    with sessions() as session:
        asked = plans(session, lambda: question(session, NOON))

    assert any(index in plan for plan in asked), asked
