"""One run: what is called, and how each ending is written down."""

import sys
import threading
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import text

from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.context import RunContext
from beat_schedule.runs.providers import Providers
from beat_schedule.runs.run import Runner
from beat_schedule.runs.verdict import Carried, Dropped, GoesOnError
from beat_schedule.store.endings import close_run
from beat_schedule.store.models import Outcome, Run, RunState, Trigger
from beat_schedule.store.runs import Ending
from tests.openings import NOON, an_opening
from tests.unit.runs.stories import carry, events, lines_of, row_of


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


# -241 is what a process of Celery's pool exits with when SIGTERM ends it.
@pytest.mark.parametrize("code", [3, -241])
def test_an_exit_is_a_failure_on_record(runner, sessions, code):
    opening = an_opening()
    with pytest.raises(SystemExit):
        runner.carry_out(opening, lambda _: sys.exit(code))

    assert row_of(sessions, opening).error == f"SystemExit: {code}"


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

    assert verdict == Dropped("already succeeded on somewhere")
    assert len(calls) == 1
    assert events(log)[-1] == "run.dropped"


def test_a_call_that_is_dropped_is_warned_of(runner, log):
    opening = an_opening(trigger=Trigger.CALL)
    runner.carry_out(opening, lambda _: None)

    runner.carry_out(replace(opening, token=uuid.uuid4()), lambda _: None)

    assert (log.calls[-1].method_name, events(log)[-1]) == ("warning", "run.dropped")


def test_every_attempt_leaves_its_lines_and_why_it_ended(runner, sessions):
    def give_up(_):
        print("first try")  # noqa: T201
        raise GoesOnError("the task asked for a retry: OSError('not yet')")

    opening = an_opening()
    with pytest.raises(GoesOnError):
        runner.carry_out(opening, give_up)
    runner.carry_out(
        replace(opening, token=uuid.uuid4(), attempt=2),
        lambda _: print("second try"),  # noqa: T201
    )

    assert lines_of(sessions, opening) == [
        ("stdout", "first try"),
        ("error", "the task asked for a retry: OSError('not yet')"),
        ("stdout", "second try"),
    ]


def test_a_huge_error_is_kept_in_bounds(runner, sessions):
    def fail():
        raise ValueError("x" * 1_000_000)

    opening = an_opening()
    with pytest.raises(ValueError, match="xxx"):
        runner.carry_out(opening, call_of_function(fail, (), {}))

    row = row_of(sessions, opening)
    assert row.error.startswith("ValueError: xxx")
    assert "996012 characters were not kept" in row.error
    assert len(row.error) < 4_100
    assert "in fail" in row.traceback
    assert len(row.traceback) < 64_100


@pytest.mark.parametrize("count", [float("nan"), 10**5000, {1, 2}, None], ids=type)
def test_a_count_that_no_record_can_hold_is_the_tasks_own_error(runner, sessions, count):
    opening = an_opening()
    with pytest.raises((TypeError, ValueError), match=r"report\(seen=…\) takes"):
        runner.carry_out(opening, lambda context: context.report(seen=count))

    assert row_of(sessions, opening).outcome is Outcome.FAILED


def test_a_count_too_big_for_a_reader_of_json_is_kept_as_text(runner, sessions):
    opening, _ = carry(runner, lambda context: context.report(seen=2**70, left=2**63 - 1))

    assert row_of(sessions, opening).counts == {"seen": str(2**70), "left": 2**63 - 1}


class Mute:
    def __str__(self):
        raise ValueError("no words")


def test_odd_values_among_arguments_and_counts_lose_no_run(runner, sessions):
    def count(context, **_):
        context.counts["odd"] = Mute()

    opening, _ = carry(runner, count, kwargs={"huge": 10**5000})

    row = row_of(sessions, opening)
    assert row.counts == {"odd": "<Mute without words: ValueError>"}
    assert row.kwargs == {"huge": "<int without words: ValueError>"}


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


def test_what_a_task_asks_for_is_left_before_its_work_is_committed(settings, sessions, clock):
    told = []

    @contextmanager
    def shelf(context):
        yield "A-1"
        told.append("left")
        context.session.execute(text("INSERT INTO work VALUES (1)"))

    providers = Providers()
    providers.provide(for_="shelf", build=shelf)
    runner = Runner(settings=settings, sessions=sessions, providers=providers, clock=clock)

    def write(shelf, session):
        session.execute(text("CREATE TABLE work (done INTEGER)"))
        told.append(shelf)

    carry(runner, write)

    assert told == ["A-1", "left"]
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM work")) == 1
