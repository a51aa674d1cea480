"""`hookbeat logs --follow`: what is new of a run, until it has ended."""

import pytest

from beat_schedule.cli.following import Follower
from beat_schedule.cli.story import errors
from beat_schedule.errors import NotFoundError
from beat_schedule.store.engine import make_readers
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, Run, RunState
from beat_schedule.store.runs import Line
from tests.recorded import a_line, a_run, an_attempt, keep, minutes
from tests.store.decided import sent


class Ear:
    """Hears what the test lets it hear."""

    def __init__(self):
        self.lines = []

    def heard(self, runs):
        lines, self.lines = self.lines, []
        return dict.fromkeys(runs, lines)


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def follow(sessions, clock, ear):
    """Follow a run; each step of the list happens while the follower sleeps."""

    def follow(name, steps, grep=None):
        said = []
        waiting = iter(steps)
        clock.on_sleep = lambda: keep_changing(next(waiting))
        with make_readers(sessions.kw["bind"])() as session:
            whole = Follower(
                session, name, lambda text: said.append(str(text)), grep=grep, clock=clock, ear=ear
            )
            return whole.until_it_ends(), said[1:]

    def keep_changing(step):
        with sessions.begin() as session:
            step(session)

    return follow


def test_a_run_is_followed_until_it_has_ended(sessions, follow):
    run = a_run(outcome=None)
    keep(sessions, run)
    found = run.id

    def progress(session):
        session.get(Run, found).progress_done = 7

    def wait(session):
        row = session.get(Run, found)
        row.state, row.not_before = RunState.WAITING, minutes(2)
        session.add(an_attempt(row, error="LookupError: gone"))
        session.add(a_line(row, 0, "looking"))

    def go_on(session):
        row = session.get(Run, found)
        row.state, row.attempt, row.started_at = RunState.RUNNING, 2, minutes(2)

    def end(session):
        row = session.get(Run, found)
        row.state, row.outcome, row.finished_at = RunState.ENDED, Outcome.SUCCEEDED, minutes(3)
        session.add(a_line(row, 1, "found", minutes(3)))

    whole, said = follow(str(found)[:8], [progress, wait, go_on, end])

    assert whole.run.outcome is Outcome.SUCCEEDED
    assert said == [
        "12:00:00Z attempt 1 starts on celery@one",
        "running",
        "running: 7",
        "12:00:00Z info     looking",
        "12:00:01Z attempt 1 failed: LookupError: gone",
        "waiting: goes on at 2026-03-10 12:02:00Z",
        "12:02:00Z attempt 2 starts on celery@one",
        "running: 7",
        "12:03:00Z attempt 2 succeeded",
        "12:03:00Z info     found",
        "attempt 1:\nLookupError: gone",
        "succeeded in 0:01:00",
    ]


def test_like_errors_are_told_once_with_the_attempts_they_belong_to():
    run = a_run()
    ended = [an_attempt(run, number, error="gone") for number in (1, 2)]
    ended.append(an_attempt(run, 3, error="shut"))

    assert [text.plain for text in errors(run, ended)] == [
        "attempts 1 to 2:\ngone",
        "attempt 3:\nshut",
    ]


def test_a_run_that_has_not_started_is_waited_for(sessions, follow):
    line = sent()
    Journal(sessions).keep([line], [], None)

    whole, said = follow(str(line.run), [lambda session: session.add(a_run(id=line.run))])

    assert whole.run.id == line.run
    assert "attempt 1 succeeded" in "\n".join(said)


def test_a_run_of_which_nobody_knows_is_not_followed(follow):
    with pytest.raises(NotFoundError, match="no run's id begins with abc"):
        follow("abc", [])


def test_what_is_heard_before_it_is_on_record_is_told_once(sessions, follow, ear):
    run = a_run(outcome=None)
    keep(sessions, run)

    def hear(_session):
        ear.lines = [Line(minutes(1), "info", "looking"), Line(minutes(1), "info", "left aside")]

    def hear_again(_session):
        # As when another begins to listen.
        ear.lines = [Line(minutes(1), "info", "looking"), Line(minutes(2), "info", "found")]

    def end(session):
        row = session.get(Run, run.id)
        row.state, row.outcome, row.finished_at = RunState.ENDED, Outcome.SUCCEEDED, minutes(3)
        session.add(a_line(row, 0, "looking", minutes(1)))
        session.add(a_line(row, 1, "left aside", minutes(1)))
        session.add(a_line(row, 2, "found", minutes(2)))
        session.add(a_line(row, 3, "told", minutes(3)))
        ear.lines = [Line(minutes(3), "info", "told")]

    _, said = follow(str(run.id), [hear, hear_again, end])

    lines = [line.split()[-1] for line in said if " info " in line]
    assert lines == ["looking", "aside", "found", "told"]
