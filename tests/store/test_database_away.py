"""A database that goes away around a run: no start without the gate, no end that is a guess."""

import pytest
import structlog
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from beat_schedule.runs.gate import Held, RefusedError
from beat_schedule.runs.run import Runner
from beat_schedule.runs.verdict import Carried
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.models import Outcome
from tests.openings import an_opening
from tests.unit.runs.stories import row_of


@pytest.fixture
def log():
    return structlog.testing.CapturingLogger()


def a_runner(sessions, clock):
    return Runner(settings=Settings(), sessions=sessions, clock=clock)


def test_without_a_database_nothing_starts_and_the_message_is_given_back(clock):
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    calls = []

    verdict = a_runner(make_sessions(engine), clock).carry_out(an_opening(), calls.append)

    assert isinstance(verdict, Held)
    assert "refused" in verdict.reason
    assert calls == []
    assert 20 < sum(clock.slept) <= 30


def test_what_the_database_will_never_take_is_refused_and_not_given_back(postgres_url, clock, log):
    engine = make_engine(postgres_url)
    logger = structlog.wrap_logger(log, processors=[], wrapper_class=structlog.BoundLogger)
    runner = Runner(
        settings=Settings(),
        sessions=make_sessions(engine),
        clock=clock,
        log=logger,
    )

    with pytest.raises(RefusedError, match="too long"):
        runner.carry_out(an_opening(entry="x" * 301), lambda _: None)

    engine.dispose()
    assert clock.slept == []
    assert [call.kwargs["event"] for call in log.calls] == ["run.refused"]


def test_a_commit_whose_reply_was_lost_counts_as_what_it_was(sessions: Sessions, clock):
    def lose_the_reply(_session):
        event.remove(sessions, "after_commit", lose_the_reply)
        raise OperationalError("COMMIT", {}, Exception("server closed the connection"))

    def work(context):
        context.session.execute(text("CREATE TABLE work (done INTEGER)"))
        event.listen(sessions, "after_commit", lose_the_reply)

    opening = an_opening()
    verdict = a_runner(sessions, clock).carry_out(opening, work)

    assert isinstance(verdict, Carried)
    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED


def test_a_gate_whose_reply_was_lost_is_ours_at_the_second_try(sessions: Sessions, clock):
    def lose_the_reply(_session):
        event.remove(sessions, "after_commit", lose_the_reply)
        raise OperationalError("COMMIT", {}, Exception("server closed the connection"))

    event.listen(sessions, "after_commit", lose_the_reply)
    verdict = a_runner(sessions, clock).carry_out(an_opening(), lambda _: "ran")

    assert verdict == Carried("ran")


def test_work_whose_connection_was_cut_is_lost_and_recorded_over_another(postgres_url, clock):
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)

    def be_cut(context):
        context.session.execute(text("CREATE TABLE work (done INTEGER)"))
        mine = context.session.scalar(text("SELECT pg_backend_pid()"))
        with sessions.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})

    opening = an_opening()
    with pytest.raises(OperationalError):
        a_runner(sessions, clock).carry_out(opening, be_cut)

    row = row_of(sessions, opening)
    engine.dispose()
    assert row.outcome is Outcome.LOST
    assert "OperationalError" in row.error
