"""One run: what is called, what is kept, and how each ending is written down."""

import logging
import sqlite3
import sys
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import text

from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.context import RunContext
from beat_schedule.runs.gate import Held
from beat_schedule.runs.run import Carried, Dropped, Runner
from beat_schedule.settings import Settings
from beat_schedule.store import engine as engines
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import Outcome, Run, RunLine, RunState, Trigger
from beat_schedule.store.runs import Ending, Opening, close_run

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def an_opening(**changes):
    opening = Opening(
        run_id=uuid.uuid4(),
        token=uuid.uuid4(),
        entry="tasks.shop.close@daily",
        task="tasks.shop.close",
        due_at=NOON,
        trigger=Trigger.SCHEDULE,
        queue="default",
        worker="here",
        started_at=NOON,
    )
    return replace(opening, **changes)


@pytest.fixture
def log():
    return structlog.testing.CapturingLogger()


@pytest.fixture
def runner(settings: Settings, sessions: Sessions, clock, log):
    logger = structlog.wrap_logger(log, processors=[], wrapper_class=structlog.BoundLogger)
    return Runner(settings=settings, sessions=sessions, mailer=NoMailer, clock=clock, log=logger)


class NoMailer:
    def __init__(self, _settings):
        self.closed = False


def events(log):
    return [call.kwargs["event"] for call in log.calls]


def row_of(sessions, opening):
    with sessions() as session:
        return session.get_one(Run, opening.run_id)


def lines_of(sessions, opening):
    with sessions() as session:
        rows = session.query(RunLine).filter_by(run_id=opening.run_id).order_by(RunLine.number)
        return [(line.level, line.text) for line in rows]


def carry(runner, function, **changes):
    opening = an_opening(**changes)
    return opening, runner.carry_out(
        opening, call_of_function(function, opening.args, opening.kwargs)
    )


def test_a_run_is_on_record_before_any_code_of_the_task(runner, sessions):
    seen = []

    def look(context: RunContext):
        with sessions() as session:
            seen.append(session.get_one(Run, context.run_id).state)

    carry(runner, look)

    assert seen == [RunState.RUNNING]


def test_a_run_that_returns_succeeded_with_its_counts(runner, sessions, clock, log):
    def count(context):
        clock.advance(timedelta(seconds=90))
        context.report(sent=3, failed=0)
        return "done"

    opening, verdict = carry(runner, count)

    row = row_of(sessions, opening)
    assert verdict == Carried("done")
    assert (row.outcome, row.counts) == (Outcome.SUCCEEDED, {"sent": 3, "failed": 0})
    assert row.finished_at - row.started_at == timedelta(seconds=90)
    assert events(log) == ["run.started", "run.succeeded"]


def test_a_plain_function_without_parameters_runs(runner):
    _, verdict = carry(runner, lambda: "plain")

    assert verdict == Carried("plain")


def test_the_context_goes_where_the_function_wants_it(runner):
    def with_annotation(surroundings: RunContext, kind: str):
        return surroundings.due_at, kind

    def by_name(kind, *, context):
        return context.due_at, kind

    assert carry(runner, with_annotation, kwargs={"kind": "loans"})[1] == Carried((NOON, "loans"))
    assert carry(runner, by_name, args=("loans",))[1] == Carried((NOON, "loans"))


def test_the_tasks_work_and_the_end_of_its_run_are_committed_as_one(runner, sessions):
    def write(context):
        context.session.execute(text("CREATE TABLE work (done INTEGER)"))
        context.session.execute(text("INSERT INTO work VALUES (1)"))

    opening, _ = carry(runner, write)

    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM work")) == 1
    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED


def test_a_task_that_raises_is_rolled_back_and_recorded_and_raised_again(runner, sessions, log):
    def fail(context):
        context.session.execute(text("CREATE TABLE work (done INTEGER)"))
        context.report(seen=1)
        raise KeyError("no such member")

    opening = an_opening()
    with pytest.raises(KeyError, match="no such member"):
        runner.carry_out(opening, fail)

    row = row_of(sessions, opening)
    assert (row.outcome, row.error) == (Outcome.FAILED, "KeyError: 'no such member'")
    assert row.counts == {"seen": 1}
    assert "in fail" in row.traceback
    assert "_attempted" not in row.traceback
    assert events(log) == ["run.started", "run.failed"]
    with sessions() as session:
        assert "work" not in table_names(session)


def table_names(session):
    from sqlalchemy import inspect  # noqa: PLC0415

    return inspect(session.get_bind()).get_table_names()


def test_a_run_over_its_time_timed_out(runner, sessions, log):
    def linger():
        raise SoftTimeLimitExceeded(300)

    opening = an_opening()
    with pytest.raises(SoftTimeLimitExceeded):
        runner.carry_out(opening, call_of_function(linger, (), {}))

    assert row_of(sessions, opening).outcome is Outcome.TIMED_OUT
    assert events(log) == ["run.started", "run.timed_out"]


def test_an_exit_is_a_failure_on_record(runner, sessions):
    opening = an_opening()
    with pytest.raises(SystemExit):
        runner.carry_out(opening, lambda _: sys.exit(3))

    assert row_of(sessions, opening).error == "SystemExit: 3"


def test_a_coroutine_that_nobody_would_await_is_a_failure(runner, sessions):
    async def later():
        pass

    opening = an_opening()
    with pytest.raises(TypeError, match="async"):
        runner.carry_out(opening, lambda _: later())

    assert row_of(sessions, opening).outcome is Outcome.FAILED


def test_a_second_delivery_is_dropped_and_says_so(runner, log):
    calls = []
    opening = an_opening()
    runner.carry_out(opening, calls.append)

    verdict = runner.carry_out(replace(opening, token=uuid.uuid4()), calls.append)

    assert verdict == Dropped("already succeeded on here")
    assert len(calls) == 1
    assert events(log)[-1] == "run.dropped"


def test_two_deliveries_at_once_run_once(runner):
    opening = an_opening()
    both = threading.Barrier(2)
    calls = []

    def deliver():
        both.wait(timeout=10)
        runner.carry_out(replace(opening, token=uuid.uuid4()), calls.append)

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(calls) == 1


def test_a_run_that_lost_its_row_commits_nothing(runner, sessions, log):
    def lose_the_row(context):
        with sessions.begin() as session:
            lost = Ending(outcome=Outcome.LOST, finished_at=NOON)
            close_run(session, opening.run_id, opening.token, lost)
        context.session.execute(text("CREATE TABLE work (done INTEGER)"))

    opening = an_opening()
    verdict = runner.carry_out(opening, lose_the_row)

    assert isinstance(verdict, Dropped)
    assert row_of(sessions, opening).outcome is Outcome.LOST
    assert events(log)[-1] == "run.disowned"
    with sessions() as session:
        assert "work" not in table_names(session)


def test_what_a_task_logs_and_prints_is_kept_in_order(runner, sessions, caplog, capsys):
    caplog.set_level("INFO")

    def talk(context):
        print("one")  # noqa: T201
        context.log.info("notice.sent", member=7)
        logging.getLogger("elsewhere").warning("two %s", 2)
        print("three", file=sys.stderr)  # noqa: T201
        print("no end", end="")  # noqa: T201

    opening, _ = carry(runner, talk)
    print("after it")  # noqa: T201

    assert lines_of(sessions, opening) == [
        ("stdout", "one"),
        ("info", "notice.sent member=7"),
        ("warning", "two 2"),
        ("stderr", "three"),
        ("stdout", "no end"),
    ]
    assert capsys.readouterr().out == "one\nno endafter it\n"


def test_lines_of_a_failed_run_are_kept_too(runner, sessions):
    def fail():
        print("as far as here")  # noqa: T201
        raise ValueError("no")

    opening = an_opening()
    with pytest.raises(ValueError, match="no"):
        runner.carry_out(opening, call_of_function(fail, (), {}))

    assert lines_of(sessions, opening) == [("stdout", "as far as here")]


def test_too_many_lines_and_too_long_ones_say_what_was_cut(runner, sessions):
    def chatter():
        for number in range(1_200):
            print(number)  # noqa: T201
        print("x" * 2_500)  # noqa: T201

    opening, _ = carry(runner, chatter)

    lines = [said for _, said in lines_of(sessions, opening)]
    assert len(lines) == 1_000
    assert lines[500] == "… 202 lines were not kept …"
    assert lines[-1].endswith("x … 500 more characters were not kept")


def test_passwords_of_the_settings_are_not_kept(settings, sessions, clock):
    secretive = settings.model_copy(
        update={"smtp_url": Settings(smtp_url="smtp://me:p%40ssword@mail").smtp_url}
    )
    runner = Runner(settings=secretive, sessions=sessions, mailer=NoMailer, clock=clock)

    def leak():
        print("logging in with p@ssword")  # noqa: T201
        raise ValueError("refused: smtp://me:p%40ssword@mail")

    opening = an_opening()
    with pytest.raises(ValueError, match="refused"):
        runner.carry_out(opening, call_of_function(leak, (), {}))

    row = row_of(sessions, opening)
    assert lines_of(sessions, opening) == [("stdout", "logging in with ***")]
    assert "ssword" not in row.error + row.traceback


def test_the_mailer_is_built_when_asked_for_and_closed_after_the_run(settings, sessions, clock):
    built = []

    class Mailer(NoMailer):
        def __init__(self, settings):
            super().__init__(settings)
            built.append(self)

        def send(self, message):
            self.message = message

        def close(self):
            self.closed = True

    runner = Runner(settings=settings, sessions=sessions, mailer=Mailer, clock=clock)
    carry(runner, lambda: None)
    assert built == []

    carry(runner, lambda context: context.mailer.send("a message"))

    assert [(mailer.message, mailer.closed) for mailer in built] == [("a message", True)]


class TestOnALockedDatabase:
    """Somebody else writes to the SQLite file and does not end."""

    @pytest.fixture
    def database_url(self, sqlite_url, monkeypatch):
        monkeypatch.setattr(engines, "SQLITE_BUSY_TIMEOUT", 0)
        return sqlite_url

    @pytest.fixture
    def writer(self, database_url):
        connection = sqlite3.connect(
            database_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
        )
        yield connection
        connection.close()

    def test_a_run_is_held_and_then_given_back_unstarted(self, runner, writer, clock, log):
        writer.execute("BEGIN IMMEDIATE")
        calls = []

        verdict = runner.carry_out(an_opening(), calls.append)

        assert verdict == Held("database is locked")
        assert calls == []
        assert sum(clock.slept) == pytest.approx(30, abs=5)
        assert events(log)[0] == "run.held"
        assert events(log)[-1] == "run.given_back"

    def test_a_run_starts_once_the_lock_is_gone(self, runner, writer, clock):
        writer.execute("BEGIN IMMEDIATE")
        clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")

        verdict = runner.carry_out(an_opening(), lambda _: "at last")

        assert verdict == Carried("at last")

    def test_an_end_that_cannot_be_written_is_tried_again(
        self, runner, writer, clock, sessions, log
    ):
        def lock_it(_):
            writer.execute("BEGIN IMMEDIATE")
            clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")

        opening = an_opening()
        runner.carry_out(opening, lock_it)

        assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED
        assert events(log) == ["run.started", "record.delayed", "run.succeeded"]

    def test_a_failure_that_can_never_be_written_is_told_and_raised(self, runner, writer, log):
        def lock_it(_):
            writer.execute("BEGIN IMMEDIATE")
            raise ValueError("and fail")

        with pytest.raises(ValueError, match="and fail"):
            runner.carry_out(an_opening(), lock_it)

        assert events(log)[-1] == "run.unrecorded"
        assert log.calls[-1].kwargs["error"] == "ValueError: and fail"

    def test_the_context_takes_no_lock_before_the_task_asks(self, runner, writer):
        def write_meanwhile(_):
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("ROLLBACK")
            return "not in the way"

        assert runner.carry_out(an_opening(), write_meanwhile) == Carried("not in the way")
