"""What people ask of the record."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.errors import NotFoundError
from beat_schedule.store.endings import add_lines, close_run
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.models import Outcome, Trigger
from beat_schedule.store.record import latest_runs, lines_of, run_named
from beat_schedule.store.runs import Ending, Line, Opening

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def an_id(beginning):
    return uuid.UUID(beginning.ljust(32, "5"))


@pytest.fixture
def keep(sessions: Sessions):
    """Keep a run on record, a minute after the one before."""
    minutes = iter(range(100))

    def kept(beginning, entry="tasks.shop.close@daily", outcome=None):
        at = NOON + timedelta(minutes=next(minutes))
        opening = Opening(
            run_id=an_id(beginning),
            token=uuid.uuid4(),
            entry=entry,
            task=entry.partition("@")[0],
            due_at=NOON,
            trigger=Trigger.SCHEDULE,
            queue="default",
            worker="here",
            started_at=at,
        )
        with sessions.begin() as session:
            open_run(session, opening)
            add_lines(session, opening.run_id, [Line(at, "info", f"said {beginning}")])
            if outcome:
                ending = Ending(
                    outcome=outcome, finished_at=at + timedelta(seconds=2), counts={"n": 1}
                )
                close_run(session, opening.run_id, opening.token, ending)

    return kept


def test_the_latest_runs_come_newest_first_and_bounded(sessions: Sessions, keep):
    for beginning in ("a1", "a2", "a3"):
        keep(beginning)

    with sessions() as session:
        found = latest_runs(session, limit=2)

    assert [run.id for run in found] == [an_id("a3"), an_id("a2")]


def test_runs_are_found_by_entry_by_task_and_by_failure(sessions: Sessions, keep):
    keep("a1", "tasks.shop.close@daily", Outcome.SUCCEEDED)
    keep("a2", "tasks.shop.close@weekly", Outcome.TIMED_OUT)
    keep("a3", "tasks.sync.pull@all", Outcome.FAILED)

    with sessions() as session:
        weekly = latest_runs(session, entry="tasks.shop.close@weekly")
        of_task = latest_runs(session, entry="tasks.shop.close")
        failed = latest_runs(session, failed=True)

    assert [run.id for run in weekly] == [an_id("a2")]
    assert [run.id for run in of_task] == [an_id("a2"), an_id("a1")]
    assert [run.id for run in failed] == [an_id("a3"), an_id("a2")]


def test_a_run_says_how_it_ended_and_how_long_it_took(sessions: Sessions, keep):
    keep("a1", outcome=Outcome.SUCCEEDED)
    keep("a2")

    with sessions() as session:
        running, ended = latest_runs(session)

    assert (ended.ending, ended.took, dict(ended.counts)) == (
        "succeeded",
        timedelta(seconds=2),
        {"n": 1},
    )
    assert (running.ending, running.took) == ("running", None)


@pytest.mark.parametrize("name", ["ab1", "AB1", "ab155555-5555", str(an_id("ab1"))])
def test_a_run_is_named_by_as_much_of_its_id_as_is_its_own(sessions: Sessions, keep, name):
    keep("ab1")
    keep("ab2")

    with sessions() as session:
        found = run_named(session, name)

        assert found.id == an_id("ab1")
        assert [line.text for line in lines_of(session, found.id)] == ["said ab1"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("ab", "more than one"), ("ff", "no run's id begins"), ("daily", "is no run's id")],
)
def test_a_name_that_is_no_single_run_is_told(sessions: Sessions, keep, name, complaint):
    keep("ab1")
    keep("ab2")

    with sessions() as session, pytest.raises(NotFoundError, match=complaint):
        run_named(session, name)
