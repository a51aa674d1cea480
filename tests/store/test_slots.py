"""One run of an entry at a time: what becomes of another that is handed to a worker meanwhile."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from beat_schedule.policies import Overlap
from beat_schedule.store.endings import close_run, give_back
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import SLOT_PAUSE, open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, Run, RunState
from beat_schedule.store.runs import Admitted, Closed, Ending, NotNow
from tests.openings import NOON, an_opening

HOUR = timedelta(hours=1)


def runs_of(overlap, count=2):
    """Openings of one entry, an hour apart."""
    return [
        an_opening(overlap=overlap, due_at=NOON + number * HOUR, started_at=NOON + number * HOUR)
        for number in range(count)
    ]


@pytest.fixture
def knock(sessions: Sessions):
    def knock(opening, **more):
        with sessions.begin() as session:
            return open_run(session, replace(opening, token=uuid.uuid4(), **more))

    return knock


@pytest.fixture
def end(sessions: Sessions):
    def end(opening):
        with sessions.begin() as session:
            token = session.get_one(Run, opening.run_id).attempt_token
            ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=NOON)
            assert close_run(session, opening.run_id, token, ending)

    return end


def row_of(sessions, opening):
    with sessions() as session:
        return session.get(Run, opening.run_id)


def test_under_skip_it_never_runs_and_its_record_names_the_other(sessions: Sessions, knock, end):
    first, second = runs_of(Overlap.SKIP)
    assert knock(first) == Admitted(1)

    reason = f"overlap with {first.run_id}"
    assert knock(second) == Closed(Outcome.SKIPPED, reason)

    row = row_of(sessions, second)
    assert (row.state, row.outcome, row.reason) == (RunState.ENDED, Outcome.SKIPPED, reason)
    end(first)
    assert knock(second).outcome is Outcome.SKIPPED


def test_under_queue_it_waits_in_its_row_until_the_other_has_ended(sessions: Sessions, knock, end):
    first, second = runs_of(Overlap.QUEUE)
    knock(first)

    assert knock(second) == NotNow(f"waits for {first.run_id} to end")
    row = row_of(sessions, second)
    assert (row.state, row.not_before) == (RunState.WAITING, second.started_at + SLOT_PAUSE)

    later = second.started_at + HOUR
    assert knock(second, started_at=later) == NotNow(f"waits for {first.run_id} to end")
    end(first)
    assert knock(second, started_at=later + HOUR) == Admitted(1)


def test_under_allow_both_run(knock):
    first, second = runs_of(Overlap.ALLOW)

    assert [knock(first), knock(second)] == [Admitted(1), Admitted(1)]


def test_a_run_that_waits_for_its_next_attempt_keeps_the_others_out(sessions: Sessions, knock):
    first, second = runs_of(Overlap.SKIP)
    knock(first)
    with sessions.begin() as session:
        token = session.get_one(Run, first.run_id).attempt_token
        ending = Ending(outcome=Outcome.FAILED, finished_at=NOON)
        assert give_back(session, first.run_id, token, ending, NOON + HOUR)

    assert knock(second).outcome is Outcome.SKIPPED
    assert knock(first, started_at=NOON + HOUR) == Admitted(2)


def test_of_many_at_once_one_has_the_slot(knock):
    openings = runs_of(Overlap.SKIP, count=8)

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(knock, openings))

    assert [type(answer) for answer in answers].count(Admitted) == 1
    assert [type(answer) for answer in answers].count(Closed) == 7


def test_a_run_of_a_former_key_keeps_its_slot_under_the_new_one(sessions: Sessions, knock, end):
    first, second = runs_of(Overlap.SKIP)
    knock(first)

    Journal(sessions).hand_over({first.entry: "renamed", "never": "there"}, NOON)

    assert knock(replace(second, entry="renamed")) == Closed(
        Outcome.SKIPPED, f"overlap with {first.run_id}"
    )
    end(first)
    assert row_of(sessions, first).slot is None


def test_where_the_new_key_runs_already_both_keep_their_own(sessions: Sessions, knock):
    first, second = runs_of(Overlap.SKIP)
    knock(first)
    knock(replace(second, entry="renamed"))

    Journal(sessions).hand_over({first.entry: "renamed"}, NOON)

    assert row_of(sessions, first).slot == first.entry
    assert row_of(sessions, second).slot == "renamed"
