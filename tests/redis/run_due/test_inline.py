"""Runs that a pass carries out itself: no worker, the same gate, the same record."""

import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from beat_schedule.clock import SystemClock
from beat_schedule.dispatch import deaths, recorder
from beat_schedule.store.audit import noted
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.models import Occurrence, Run, RunState
from tests.desk import told

MINUTE = timedelta(minutes=1)

TASKS = """
import os, signal, sys, threading
from pathlib import Path

def count(context):
    print(f"counting for {context.due_at:%H:%M}")
    context.report(found=3)

def fail():
    raise LookupError("no such shelf")

def leave():
    sys.exit("enough")

def hang():
    threading.Event().wait(30)

def stop():
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(30)

def flaky():
    if not Path("tried").exists():
        Path("tried").touch()
        raise ConnectionError("not now")

def one_by_one(context):
    with Path("ran").open("a") as ran:
        print(f"{context.due_at:%H}", file=ran)

def elsewhere(): ...
"""


def hooks(*entries: str) -> str:
    return f'scheduler_events = {{"hourly": [{", ".join(entries)}]}}\n'


@pytest.fixture
def tasks():
    return TASKS


@pytest.fixture
def hooks_text():
    return hooks('"NAME_tasks.fail"', '"NAME_tasks.leave"', '"NAME_tasks.count"')


@pytest.fixture(name="hooks")
def _hooks(request, hooks_text):
    return getattr(request, "param", hooks_text)


@pytest.fixture
def sessions(sqlite_url):
    engine = make_engine(sqlite_url)
    yield make_sessions(engine)
    engine.dispose()


def with_entries(*entries: str):
    return pytest.mark.parametrize("hooks", [hooks(*entries)], indirect=True, ids=["entries"])


def test_one_failing_job_never_stops_the_next_and_the_exit_code_tells(project):
    project.let_pass()

    done = project("run-due", "--inline")

    assert done.exit_code == 1
    assert f"succeeded: {project.key('count')} in " in done.stdout
    assert "(found 3)" in done.stdout
    assert f"failed: {project.key('fail')}" in done.stderr
    assert "LookupError: no such shelf" in done.stderr
    assert f"failed: {project.key('leave')}" in done.stderr
    assert project.queued() == []


def test_what_a_task_prints_appears_on_the_terminal_and_stays_on_record(project):
    project.let_pass()

    done = project("run-due", "--inline")

    assert "counting for " in done.stdout
    [run] = [run for run in told(project("runs", "--json")) if run["outcome"] == "succeeded"]
    assert "counting for " in project("logs", run["id"]).stdout


@with_entries('"NAME_tasks.count"')
def test_asked_to_be_quiet_it_says_nothing_of_what_went_well(project):
    project.let_pass()

    done = project("run-due", "--inline", "-q")

    assert (done.exit_code, done.output) == (0, "")
    [run] = told(project("runs", "--json"))
    assert "counting for " in project("logs", run["id"]).stdout


def test_asked_to_be_quiet_it_says_what_went_wrong_all_the_same(project):
    project.let_pass()

    done = project("run-due", "--inline", "--quiet")

    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"failed: {project.key('fail')}" in done.stderr


@with_entries('"NAME_tasks.count"')
def test_a_run_is_that_of_its_due_time_and_is_never_made_twice(project):
    project.let_pass()
    first = project.told("run-due", "--inline")

    # As if Redis had gone back: the same due time is decided once more.
    project.let_pass()
    second = project.told("run-due", "--inline")

    [run], [decided] = first.runs, first.decided
    assert (run["id"], run["due_at"]) == (decided["run"], decided["first_due_at"])
    assert run["trigger"] == "schedule"
    assert run["worker"].startswith("inline@")
    assert second.runs == []
    assert [each["reason"].partition(" on ")[0] for each in second.not_run] == ["already succeeded"]
    assert len(told(project("runs", "--json"))) == 1


@with_entries('"NAME_tasks.count"')
def test_all_is_well_with_the_entry_after_it_and_the_next_due_time_runs(project):
    project.let_pass()
    project("run-due", "--inline")

    assert project.operator.redis.hgetall(project.operator.keys.active) == {}
    assert project("run-due", "--inline").stdout == "nothing was due\n"


@with_entries('"NAME_tasks.count"')
def test_what_a_killed_pass_left_is_carried_out_by_a_later_one(project, sessions, monkeypatch):
    project.let_pass()
    with monkeypatch.context() as dies:
        dies.setattr("beat_schedule.actions.carry_out", lambda *_: sys.exit(9))
        assert project("run-due", "--inline").exit_code == 9

    assert project.told("run-due", "--inline").runs == []
    _some_time_passes(sessions)
    done = project.told("run-due", "--inline")

    assert [run["outcome"] for run in done.runs] == ["succeeded"]


@with_entries('"NAME_tasks.count"')
def test_a_run_whose_process_was_killed_goes_on_in_a_later_pass(project, sessions, monkeypatch):
    monkeypatch.setattr(deaths, "SILENCE", 0.3)
    monkeypatch.setattr(recorder, "DRAIN_EVERY", 0.1)
    project.let_pass()
    [run] = project.told("run-due", "--inline").runs
    with sessions.begin() as session:
        left = {"state": RunState.RUNNING, "outcome": None, "finished_at": None}
        session.execute(update(Run).values(**left, slot=Run.entry, reruns=2))

    done = project.told("run-due", "--inline")

    assert [(each["id"], each["outcome"]) for each in done.runs] == [(run["id"], "succeeded")]
    assert done.runs[0]["lost_count"] == 1


@with_entries('{"task": "NAME_tasks.flaky", "retries": 1, "retry_backoff": "1s"}')
def test_what_is_to_be_tried_again_is_by_a_later_pass(project, sessions):
    project.let_pass()
    first = project.told("run-due", "--inline")
    assert (first.code, first.runs[0]["state"]) == (0, "waiting")

    with sessions.begin() as session:
        session.execute(update(Run).values(not_before=Run.started_at))
    second = project.told("run-due", "--inline")

    assert [(run["outcome"], run["attempt"]) for run in second.runs] == [("succeeded", 2)]


@with_entries(
    '{"task": "NAME_tasks.one_by_one", "overlap": "queue", "catch_up": "all", '
    '"catch_up_window": "1d"}'
)
def test_late_runs_that_wait_for_one_another_are_made_in_one_call(project, tmp_path):
    project.let_pass(hours=3)

    done = project.told("run-due", "--inline")

    assert [run["outcome"] for run in done.runs] == ["succeeded"] * 3
    due = [run["due_at"] for run in done.runs]
    assert due == sorted(due)
    assert len((tmp_path / "ran").read_text().split()) == 3
    assert done.owing == {}


@with_entries('{"task": "NAME_tasks.hang", "timeout": 1}', '"NAME_tasks.count"')
def test_a_task_that_hangs_is_interrupted_when_its_time_is_over(project):
    project.let_pass()

    done = project.told("run-due", "--inline")

    outcomes = {run["task"].rpartition(".")[2]: run["outcome"] for run in done.runs}
    assert outcomes == {"hang": "timed out", "count": "succeeded"}


@with_entries(
    '{"task": "NAME_tasks.stop", "priority": 0}', '{"task": "NAME_tasks.count", "priority": 9}'
)
def test_a_signal_ends_it_and_what_it_left_runs_in_a_later_pass(project, sessions):
    project.let_pass()

    stopped = project("run-due", "--inline")

    assert stopped.exit_code == 128 + 15
    assert "the run was stopped by SIGTERM; what it left is carried out later" in stopped.stderr
    [run] = told(project("runs", "--json"))
    assert run["error"].endswith("the run was stopped by SIGTERM")
    _some_time_passes(sessions)
    done = project.told("run-due", "--inline")
    assert [run["entry"] for run in done.runs] == [project.key("count")]


@with_entries('{"task": "NAME_tasks.elsewhere", "tracked": False, "overlap": "allow"}')
def test_what_stock_workers_carry_out_goes_to_their_queue_all_the_same(project):
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert done.runs == []
    assert project.queued() == [project.key("elsewhere")]


@with_entries('"NAME_tasks.count"')
def test_a_paused_entry_does_not_run_and_the_record_says_why(project):
    project("pause", project.key("count"), "--by", "ada", "--why", "deploy")
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert done.code == 0
    assert done.runs == []
    assert [each["reason"] for each in done.decided] == ["paused by ada: deploy"]


def test_the_record_says_who_passed_and_by_what(project, sessions):
    project.let_pass()
    project("run-due", "--inline")

    with sessions() as session:
        [pass_] = [each for each in noted(session) if each.action == "pass"]
    assert "@" in pass_.who
    assert (pass_.by, pass_.action, pass_.target) == ("run-due", "pass", "*")
    assert pass_.after == {"clock": "main", "decided": 3, "sent": 3, "inline": True, "runs": 3}


def _some_time_passes(sessions):
    """What was sent and has not started is so for longer than a message is on its way."""
    with sessions.begin() as session:
        ago = SystemClock().now() - MINUTE
        session.execute(update(Occurrence).values(decided_at=ago))
        assert session.scalars(select(Occurrence.entry)).all()
