"""How far a run is, as others see it while it is under way."""

import uuid
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import text

from beat_schedule.clock import SystemClock
from beat_schedule.runs.progress import Progress
from beat_schedule.runs.run import Runner
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_readers, make_sessions
from beat_schedule.store.models import Run
from tests.openings import an_opening


@pytest.fixture
def log():
    return structlog.testing.CapturingLogger()


@pytest.fixture
def runner(settings, sessions, clock):
    return Runner(settings=settings, sessions=sessions, clock=clock)


def seen(sessions, opening):
    with make_readers(sessions.kw["bind"])() as session:
        row = session.get_one(Run, opening.run_id)
        return row.progress_done, row.progress_total


def test_progress_is_seen_while_the_run_is_under_way_at_most_once_a_second(runner, sessions, clock):
    others = []

    def work(context):
        for done in range(5):
            context.progress(done, 10)
            others.append(seen(sessions, opening))
            clock.advance(timedelta(seconds=0.5))

    opening = an_opening()
    runner.carry_out(opening, work)

    assert others == [(0, 10), (0, 10), (2, 10), (2, 10), (4, 10)]


def test_what_was_said_last_is_seen_in_the_end_however_it_ends(runner, sessions):
    def work(context):
        context.progress(1)
        context.progress(7)
        raise LookupError("no such member")

    opening = an_opening()
    with pytest.raises(LookupError):
        runner.carry_out(opening, work)

    assert seen(sessions, opening) == (7, None)


def test_a_run_that_says_nothing_has_no_progress(runner, sessions):
    opening = an_opening()
    runner.carry_out(opening, lambda _: None)

    assert seen(sessions, opening) == (None, None)


def test_what_the_task_has_written_stays_its_own_and_its_progress_waits_for_nobody(
    runner, sessions, engine
):
    others = []

    def work(context):
        context.session.execute(text("CREATE TABLE work (done INTEGER)"))
        before = SystemClock().monotonic()
        context.progress(3, 10)
        others.append(SystemClock().monotonic() - before)
        others.append(seen(sessions, opening))
        context.session.execute(text("INSERT INTO work VALUES (1)"))

    opening = an_opening()
    runner.carry_out(opening, work)

    # On SQLite one alone writes at a time: until the task commits, nobody sees anything.
    assert others[0] < 5
    assert others[1] == ((None, None) if engine.dialect.name == "sqlite" else (3, 10))
    assert seen(sessions, opening) == (3, 10)
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM work")) == 1


def test_an_attempt_that_lost_its_run_shows_nothing(runner, sessions, clock, log):
    opening = an_opening()

    def work(_context):
        Progress(sessions, clock, opening.run_id, uuid.uuid4(), log)(3, 10)
        assert seen(sessions, opening) == (None, None)

    runner.carry_out(opening, work)


def test_a_row_that_somebody_else_holds_is_not_waited_for(postgres_url, clock):
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)
    runner = Runner(settings=Settings(), sessions=sessions, clock=clock)
    opening = an_opening()

    def work(context):
        with sessions.begin() as other:
            other.get_one(Run, opening.run_id, with_for_update=True)
            context.progress(3, 10)

    runner.carry_out(opening, work)

    assert seen(sessions, opening) == (3, 10)
    engine.dispose()


def test_a_database_that_is_away_harms_no_run_and_is_told_once(clock, log):
    sessions = make_sessions(make_engine("postgresql://nobody@127.0.0.1:1/nothing"))
    logger = structlog.wrap_logger(log, processors=[], wrapper_class=structlog.BoundLogger)
    progress = Progress(sessions, clock, uuid.uuid4(), uuid.uuid4(), logger)

    for done in range(3):
        progress(done, None)
        clock.advance(timedelta(seconds=1))

    assert [call.kwargs["event"] for call in log.calls] == ["progress.unseen"]


@pytest.mark.parametrize(
    ("done", "total", "error", "said"),
    [
        (2.5, 10, TypeError, "progress\\(\\) takes a whole number for done, not float"),
        (True, 10, TypeError, "for done, not bool"),
        (1, "10", TypeError, "for total, not str"),
        (-1, None, ValueError, "takes no done below 0"),
        (1, 2**63, ValueError, "takes no total below 0, or above"),
    ],
)
def test_what_is_no_count_is_the_tasks_own_error(runner, done, total, error, said):
    with pytest.raises(error, match=said):
        runner.carry_out(an_opening(), lambda context: context.progress(done, total))
