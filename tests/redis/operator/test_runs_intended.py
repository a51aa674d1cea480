"""`hookbeat run --dry-run`: what would be sent and what is in its way, with nothing sent."""

import pytest

from beat_schedule.workers import WorkerCard
from tests.desk import PREFIX, told
from tests.recorded import a_run, keep

KEYS = f"{PREFIX}*"


@pytest.fixture
def worker(redis_client, hookbeat, workers, name):  # noqa: ARG001 -- both empty Redis
    """It lives, takes the queue, and knows the tasks."""
    tasks = [f"{name}_tasks.{task}" for task in ("count", "beside", "tidy")]
    card = WorkerCard(queues=("default", "long"))
    workers.show("celery@one", card, tasks)
    return workers


@pytest.mark.usefixtures("worker")
def test_it_says_what_would_be_sent_and_sends_nothing(hookbeat, count, name, redis_client):
    before = redis_client.keys(KEYS)

    done = hookbeat("run", count, "--dry-run", "--at", "2026-03-10", "--kwargs", "kind=fines")

    assert done.exit_code == 0, done.output
    assert [line.rstrip() for line in done.output.splitlines()] == [
        f"entry       {count}",
        f"task        {name}_tasks.count",
        "arguments   kind='fines'",
        "due         2026-03-10 00:00:00Z",
        "queue       default: 0 messages wait in it, taken by celery@one",
        "in its way  nothing that is known",
        "nothing was done: this is what would be",
    ]
    assert redis_client.keys(KEYS) == before


@pytest.mark.usefixtures("worker")
def test_what_holds_the_entry_is_in_its_way_unless_forced(hookbeat, count):
    hookbeat("pause", count, "--by", "ada", "--reason", "deploy")

    held = hookbeat("run", count, "--dry-run")
    forced = hookbeat("run", count, "--dry-run", "--force")

    assert held.exit_code == 1
    assert "it is paused by ada since" in held.output
    assert forced.exit_code == 0, forced.output


@pytest.mark.usefixtures("worker")
def test_a_due_time_to_be_skipped_is_in_the_way_of_no_run_by_hand(hookbeat, count):
    hookbeat("skip", count)

    assert hookbeat("run", count, "--dry-run").exit_code == 0


@pytest.mark.usefixtures("worker")
def test_another_run_is_in_its_way_and_force_does_not_go_over_it(hookbeat, count, name):
    first = told(hookbeat("run", count, "--json"))["id"]

    done = told(hookbeat("run", count, "--dry-run", "--force", "--json"))

    assert done["obstacles"] == [
        {
            "words": f"its run {first[:8]} waits or runs: another is sent when that has ended",
            "cure": f"hookbeat logs -f {first[:8]}",
        }
    ]
    assert (done["messages"], done["workers"]) == (1, ["celery@one"])
    assert told(hookbeat("run", f"{name}_tasks.beside", "--dry-run", "--json"))["obstacles"] == []


@pytest.mark.usefixtures("worker")
def test_a_run_that_only_the_record_knows_is_in_its_way_too(hookbeat, count, sessions):
    run = a_run(outcome=None, entry=count, slot=count)
    keep(sessions, run)

    done = hookbeat("run", count, "--dry-run")

    assert done.exit_code == 1
    assert f"its run {str(run.id)[:8]} waits or runs" in done.output


def test_a_queue_that_nobody_takes_from_is_told(hookbeat, count):
    done = hookbeat("run", count, "--dry-run")

    assert done.exit_code == 1
    assert "default: 0 messages wait in it, taken by nobody" in done.output
    assert "no living worker takes from the queue 'default'" in done.output


def test_workers_that_do_not_know_the_task_are_told(hookbeat, count, workers, name):
    workers.show("celery@old", WorkerCard(queues=("default",)), [f"{name}_tasks.gone"])

    done = hookbeat("run", count, "--dry-run")

    assert done.exit_code == 1
    assert f"knows the task {name}_tasks.count" in " ".join(done.output.split())


@pytest.mark.usefixtures("worker")
def test_another_environment_is_in_its_way(hookbeat, project, name):
    (project / f"{name}_hooks.py").write_text(
        f'scheduler_events = {{"daily": [{{"task": "{name}_tasks.count", '
        '"environments": "production"}]}'
    )

    done = hookbeat("run", f"{name}_tasks.count", "--dry-run")

    assert done.exit_code == 1
    assert "runs only in production" in done.output


def test_here_no_queue_no_worker_and_no_other_run_is_minded(hookbeat, count, away):
    hookbeat("run", count)
    hookbeat("pause", count, "--by", "ada")
    away()

    held = told(hookbeat("run", count, "--inline", "--dry-run", "--json"))
    free = told(hookbeat("run", count, "--inline", "--dry-run", "--force", "--json"))

    assert ["it is paused by ada" in each["words"] for each in held["obstacles"]] == [True]
    assert (free["obstacles"], free["queue"], free["away"]) == ([], None, [])


def test_who_cannot_be_asked_is_named_and_what_is_not_known(hookbeat, count, away, monkeypatch):
    hookbeat("pause", count, "--by", "ada")
    away()
    without_redis = hookbeat("run", count, "--dry-run")
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", "sqlite:///no/such/folder/hookbeat.db")
    alone = hookbeat("run", count, "--dry-run")

    assert without_redis.exit_code == 1
    assert "what only Redis knows is not known: queues, workers, other runs" in without_redis.stderr
    assert "it is paused by ada" in without_redis.stdout
    assert "in its way  Redis does not answer: " in without_redis.stdout
    assert alone.exit_code == 1
    assert "what only the record knows is not known: features, runs" in alone.stderr
    assert count in alone.stdout
    assert "in its way  the database does not answer: " in alone.stdout


def test_in_this_process_too_the_database_that_is_away_is_in_the_way(hookbeat, count, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", "sqlite:///no/such/folder/hookbeat.db")

    done = told(hookbeat("run", count, "--inline", "--force", "--dry-run", "--json"))

    [obstacle] = done["obstacles"]
    assert obstacle["words"].startswith("the database does not answer: ")


@pytest.mark.usefixtures("worker")
def test_several_are_told_one_after_the_other(hookbeat, count, name):
    done = told(hookbeat("run", "--all", "--dry-run", "--json"))

    assert {each["entry"]: each["queue"] for each in done} == {
        count: "default",
        f"{name}_tasks.beside@hourly": "default",
        f"{name}_tasks.tidy@daily_maintenance": "long",
    }
    assert hookbeat("run", "--all", "--dry-run").output.count("nothing that is known") == 3


def test_arguments_that_do_not_fit_are_misuse(hookbeat, count):
    done = hookbeat("run", count, "--dry-run", "--kwargs", "colour=red")

    assert done.exit_code == 2
    assert "colour" in done.output
