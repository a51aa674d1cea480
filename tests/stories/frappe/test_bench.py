"""What somebody does here who knows `bench`: the same words, with an answer and an exit code."""

import json

import pytest

from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.models import RunState
from tests.project import Project
from tests.recorded import a_run, keep

DAILY = "library_management.tasks.daily"


def queued(redis_client, queue="default"):
    return [json.loads(text)["headers"]["task"] for text in redis_client.lrange(queue, 0, -1)]


def test_trigger_scheduler_event_runs_all_of_an_event_in_workers(bench: Project, redis_client):
    """`bench trigger-scheduler-event daily`, of the first Frappe; it printed nothing."""
    said = bench.done("run", "--event", "daily")

    assert f"{DAILY}@daily: sent: run" in said
    assert queued(redis_client) == [DAILY]


def test_an_event_that_does_not_exist_is_told(bench: Project):
    done = bench.run("run", "--event", "dayly")

    assert done.exit_code == 1
    assert "no entry has the event 'dayly'; did you mean 'daily'?" in done.output


def test_trigger_scheduler_event_also_runs_a_method_here_that_no_hook_names(bench: Project):
    """Of the later Frappe, where the argument named EVENT is a method."""
    bench.write("library_management/once.py", "def reindex():\n    print('reindexed')\n")

    said = bench.done("run", "library_management.once.reindex", "--inline")

    assert "reindexed" in said
    assert "succeeded" in said
    [run] = bench.told("runs")
    assert run["task"] == "library_management.once.reindex"


@pytest.mark.parametrize(
    ("words", "undone_by", "switch"),
    [
        (("scheduler", "pause"), ("scheduler", "resume"), "paused"),
        (("scheduler", "disable"), ("scheduler", "enable"), "disabled"),
        (("maintenance", "on", "--why", "x"), ("maintenance", "off"), "maintenance"),
    ],
)
def test_scheduler_status_names_the_switch_that_holds_and_what_lets_it_go(
    bench: Project, redis_client, words, undone_by, switch
):
    """There, five switches in three places stop the queue, and `status` named one with -v only."""
    assert bench.run("scheduler", "status").exit_code == 0

    bench.done(*words)

    told = bench.told("scheduler", "status")
    assert told["running"] is False
    assert [(each["name"], each["cure"]) for each in told["switches"]] == [
        (switch, f"hookbeat {' '.join(undone_by)}")
    ]
    assert bench.run("scheduler", "status").exit_code == 1
    assert bench.run("run", DAILY).exit_code == 1
    assert queued(redis_client) == []
    bench.done(*undone_by)
    assert bench.told("scheduler", "status")["running"] is True


def test_the_next_execution_can_be_skipped(bench: Project):
    said = bench.done("skip", DAILY, "--why", "closed")

    assert f"skipped: {DAILY}@daily due" in said
    assert "skipped once by" in bench.done("list")


def test_ready_for_migration_counts_what_runs_too(bench: Project, sqlite_url):
    """There, a job of 25 minutes was overlooked: a migration that was stuck, and rolled back."""
    bench.done("maintenance", "on", "--why", "migration")
    assert bench.done("ready-for-migration").startswith("ready")
    engine = make_engine(sqlite_url)
    sessions = make_sessions(engine)
    run = a_run(outcome=None, entry=f"{DAILY}@daily")
    keep(sessions, run)

    done = bench.run("ready-for-migration")

    assert done.exit_code == 1
    assert "not ready: 1 running" in done.output
    assert f"{DAILY}@daily" in done.output
    with sessions.begin() as session:
        session.merge(run).state = RunState.ENDED
    assert bench.done("ready-for-migration").startswith("ready")
    engine.dispose()


def test_a_job_of_the_app_may_have_what_frappe_has_no_word_for(bench: Project):
    """Arguments, a time, a zone, a timeout: there, a hook is a path and nothing else."""
    bench.write("library_management/tasks.py", "def daily(period):\n    print(period, 'days')\n")
    bench.write(
        "library_management/hooks.py",
        f"""
        scheduler_events = {{
            "daily": {{
                "task": "{DAILY}", "at": "06:30", "timezone": "Asia/Kolkata",
                "kwargs": {{"period": 30}}, "timeout": "10m", "description": "Overdue",
            }},
        }}
        """,
    )

    [row] = bench.told("list")["entries"]

    assert row["schedule"] == "every day at 06:30 (Asia/Kolkata)"
    assert "30 days" in bench.done("run", DAILY, "--inline")
