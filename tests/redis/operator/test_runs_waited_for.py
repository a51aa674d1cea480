"""`hookbeat run --wait` and `--follow`: sent, and waited for until it has ended."""

import json
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from beat_schedule.cli import run as run_module
from beat_schedule.cli.waited import PATIENCE
from beat_schedule.store.models import Outcome, Run, RunState
from beat_schedule.store.record import runs_of
from beat_schedule.testing import ManualClock
from beat_schedule.workers import WorkerCard
from tests.recorded import NOON, a_line, a_run, an_attempt, minutes
from tests.told_worker import DEFAULT, Worker


@pytest.fixture
def worker(redis_client, sessions, monkeypatch):
    clock = ManualClock()
    monkeypatch.setattr(run_module, "SystemClock", lambda: clock)
    return Worker(redis_client, sessions, clock)


def test_it_tells_where_the_run_waits_how_far_it_is_and_how_it_ended(
    hookbeat, worker, workers, name, count
):
    hookbeat("run", f"{name}_tasks.beside")
    worker.does(
        lambda: workers.show("celery@one", WorkerCard(queues=("default",))),
        lambda: (worker.clock.advance(timedelta(seconds=10)), worker.take()),
        worker.take,
        lambda: worker.writes(lambda session: session.merge(a_run(NOON, None, id=worker.run))),
        lambda: worker.changes(progress_done=7, progress_total=9),
        lambda: worker.clock.advance(timedelta(seconds=10)),
        lambda: worker.end(counts={"loans": 9}),
    )

    done = hookbeat("run", count, "--wait")

    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        f"sent: run {worker.run}",
        "waits in the queue default, 1 before it; no living worker takes from there",
        "waits in the queue default, 1 before it",
        "waits in the queue default, nothing before it",
        "a worker has its message, and has not started it",
        "running on celery@one",
        "running: 7 of 9 on celery@one",
        "succeeded in 2.00 s (loans 9)",
        f"all about it: hookbeat logs {str(worker.run)[:8]}",
    ]


def test_one_that_does_not_succeed_is_exit_1_with_its_error(hookbeat, worker, count):
    worker.does(worker.start, lambda: worker.end(Outcome.FAILED, error="LookupError: gone"))

    done = hookbeat("run", count, "--wait")

    assert done.exit_code == 1
    assert "failed in 2.00 s\nLookupError: gone\nall about it" in done.output


def test_followed_it_tells_what_the_run_says_and_what_befalls_it(hookbeat, worker, count):
    def wait():
        row = {"state": RunState.WAITING, "not_before": minutes(2)}
        worker.changes(**row)
        worker.writes(
            lambda session: session.add_all(
                [
                    an_attempt(session.get(Run, worker.run), error="LookupError: gone"),
                    a_line(session.get(Run, worker.run), 0, "looking"),
                ]
            )
        )

    def go_on():
        worker.changes(state=RunState.RUNNING, attempt=2, started_at=minutes(2))

    def end():
        worker.changes(state=RunState.ENDED, outcome=Outcome.SUCCEEDED, finished_at=minutes(3))
        worker.writes(lambda session: session.add(a_line(session.get(Run, worker.run), 1, "found")))

    worker.does(worker.start, wait, go_on, end)

    done = hookbeat("run", count, "-f")

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[2:] == [
        "12:00:00Z attempt 1 starts on celery@one",
        "running on celery@one",
        "12:00:00Z info     looking",
        "12:00:01Z attempt 1 failed: LookupError: gone",
        "waiting: goes on at 2026-03-10 12:02:00Z",
        "12:02:00Z attempt 2 starts on celery@one",
        "running on celery@one",
        "12:00:00Z info     found",
        "12:03:00Z attempt 2 succeeded",
        "attempt 1:",
        "LookupError: gone",
        "succeeded in 0:01:00",
        f"all about it: hookbeat logs {str(worker.run)[:8]}",
    ]


def test_machines_get_one_answer_when_it_has_ended(hookbeat, worker, name):
    beside = f"{name}_tasks.beside"
    worker.does(worker.start, worker.end)
    waited = json.loads(hookbeat("run", beside, "--wait", "--json").stdout)
    worker.does(
        worker.start,
        lambda: worker.writes(
            lambda session: session.add(a_line(session.get(Run, worker.run), 0, "looking"))
        ),
        worker.end,
    )
    followed = json.loads(hookbeat("run", beside, "--follow", "--json").stdout)

    assert waited["outcome"] == "succeeded"
    assert (waited["held"], waited["overlap"], waited["error"]) == (None, None, None)
    assert "lines" not in waited
    assert followed["id"] == str(worker.run)
    assert [line["text"] for line in followed["lines"]] == ["looking"]


def test_what_is_not_sent_is_not_waited_for(hookbeat, worker, count):
    hookbeat("pause", count, "--by", "ada")

    done = hookbeat("run", count, "--wait")
    told = json.loads(hookbeat("run", count, "--wait", "--json").stdout)

    assert done.exit_code == 1
    assert f"not sent: {count} is paused by ada" in done.output
    assert (told["id"], told["outcome"], told["held"]["by"]) == (None, None, "ada")
    assert worker.clock.slept == []


def test_ctrl_c_ends_the_waiting_and_not_the_run(hookbeat, worker, count):
    def press_ctrl_c():
        raise KeyboardInterrupt

    worker.does(press_ctrl_c)

    done = hookbeat("run", count, "--wait")

    worker.take()
    short = str(worker.run)[:8]
    assert done.exit_code == 130
    assert f"run {short} of {count} will start when a worker takes it" in done.stderr
    assert f"look again: hookbeat logs -f {short}" in done.stderr
    assert f"end it: hookbeat cancel {short} --why" in done.stderr


def test_ctrl_c_leaves_machines_with_how_it_stands(hookbeat, worker, count):
    def press_ctrl_c():
        raise KeyboardInterrupt

    worker.does(worker.start, press_ctrl_c)

    done = hookbeat("run", count, "--wait", "--json")

    assert done.exit_code == 130
    assert json.loads(done.stdout)["state"] == "running"
    assert f"run {str(worker.run)[:8]} of {count} goes on" in done.stderr


def test_a_message_that_is_nowhere_for_long_is_lost(hookbeat, worker, count, redis_client):
    worker.does(
        lambda: redis_client.delete(DEFAULT),
        lambda: worker.clock.advance(timedelta(seconds=PATIENCE - 1)),
        lambda: worker.clock.advance(timedelta(seconds=1)),
    )

    done = hookbeat("run", count, "--wait")

    assert done.exit_code == 1
    assert "its message is in no queue, and no worker has it" in done.output
    assert "its message is lost" in done.output
    assert "the next beat that leads sends it again" in done.output


def test_a_message_that_a_dead_worker_held_is_found_again(hookbeat, worker, count, redis_client):
    def put_back():
        message = json.loads(redis_client.rpop(DEFAULT))
        message["headers"]["redelivered"] = True
        redis_client.rpush(DEFAULT, json.dumps(message))

    worker.does(put_back, worker.start, worker.end)

    done = hookbeat("run", count, "--wait")

    assert done.exit_code == 0, done.output
    assert "no queue" not in done.output


def test_several_are_waited_for_together(hookbeat, worker, count, name):
    def both():
        worker.start(entry=count)
        worker.end(Outcome.FAILED, error="LookupError: gone")
        worker.start()

    worker.does(both, worker.end)

    done = hookbeat("run", "--event", "hourly", "--wait")

    assert done.exit_code == 1
    beside = f"{name}_tasks.beside@hourly"
    assert f"{count}: sent: run" in done.output
    assert f"{beside}: running on celery@one" in done.output
    assert f"{beside}: succeeded in 2.00 s\n" in done.output
    assert f"{count}: failed in 2.00 s\nLookupError: gone" in done.output
    assert done.output.endswith("2 entries: 1 failed, 1 succeeded\n")


def test_a_record_that_goes_away_meanwhile_is_waited_for_too(hookbeat, worker, count, monkeypatch):
    asked = []

    def ask(session, runs):
        asked.append(runs)
        if len(asked) == 2:
            raise OperationalError("SELECT 1", {}, Exception("the database is away"))
        return runs_of(session, runs)

    monkeypatch.setattr("beat_schedule.cli.waited.runs_of", ask)
    worker.does(lambda: None, worker.start, worker.end)

    done = hookbeat("run", count, "--wait")

    assert done.exit_code == 0, done.output
    assert "the database is away" in done.output


def test_without_a_record_nothing_is_sent_to_be_waited_for(
    hookbeat, count, redis_client, monkeypatch, tmp_path
):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    done = hookbeat("run", count, "--wait")

    assert done.exit_code == 1
    assert "nothing is sent: it would be, without --wait" in done.output
    assert redis_client.llen(DEFAULT) == 0


def test_a_task_that_keeps_no_record_cannot_be_waited_for(hookbeat, project, name, redis_client):
    with (project / f"{name}_app.py").open("a") as app:
        app.write("\n\n@app.task(name='shop.rebuild')\ndef rebuild(): ...\n")

    done = hookbeat("run", "shop.rebuild", "--wait")

    assert done.exit_code == 2
    assert "keep no record of how it goes" in done.output
    assert redis_client.llen(DEFAULT) == 0
