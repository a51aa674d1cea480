"""`hookbeat cancel`: from the record, from the queue, and from under a worker."""

import json
import uuid

import pytest

from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.record import run_named
from beat_schedule.tokens import Tokens
from tests.desk import PREFIX, told
from tests.recorded import a_run, keep
from tests.store.decided import sent

WHY = ("--why", "not today", "--by", "ada")
ACTIVE = f"{PREFIX}hookbeat:main:active"


@pytest.fixture
def sessions(sqlite_url):
    engine = make_engine(sqlite_url)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def row(sessions):
    def row(run_id):
        with sessions() as session:
            return run_named(session, str(run_id))

    return row


def test_a_waiting_run_is_cancelled_and_its_entry_is_free(
    hookbeat, sessions, row, count, redis_client
):
    run = a_run(outcome=None, entry=count, state=RunState.WAITING)
    keep(sessions, run)
    redis_client.hset(ACTIVE, count, f"w|{run.id}")

    done = hookbeat("cancel", str(run.id)[:8], *WHY)

    assert (done.exit_code, done.output) == (
        0,
        f"cancelled: run {run.id} of {count}; it was waiting for its next attempt\n",
    )
    assert row(run.id).reason == "cancelled by ada: not today"
    assert not redis_client.hexists(ACTIVE, count)


def test_why_is_asked_for(hookbeat):
    assert hookbeat("cancel", "abc").exit_code == 2


def test_a_run_that_ended_before_is_told(hookbeat, sessions, count):
    run = a_run(entry=count)
    keep(sessions, run)

    done = hookbeat("cancel", str(run.id), *WHY)

    assert (done.exit_code, done.output) == (
        1,
        f"run {run.id} of {count} had ended before: succeeded\n",
    )
    assert told(hookbeat("cancel", str(run.id), *WHY, "--json")) == {
        "id": str(run.id),
        "entry": count,
        "cancelled": False,
        "outcome": "succeeded",
    }


def test_a_due_time_that_was_sent_never_starts(hookbeat, journal, row, count, name):
    line = sent(entry=count)
    journal.keep([line], [], None)

    done = told(hookbeat("cancel", str(line.run)[:8], *WHY, "--json"))

    assert (done["was"], done["stopping"]) == ("sent", None)
    found = row(line.run)
    assert (found.outcome, found.task, found.attempt) == (
        Outcome.CANCELLED,
        f"{name}_tasks.count",
        0,
    )


def test_a_run_by_hand_that_waits_in_the_queue_is_found_by_its_token(
    hookbeat, row, count, redis_client
):
    run = told(hookbeat("run", count, "--json"))["id"]

    done = hookbeat("cancel", run[:8], *WHY)

    assert done.exit_code == 0, done.output
    assert "its message will be dropped" in done.output
    found = row(run)
    assert (found.entry, found.trigger, found.outcome) == (count, "manual", Outcome.CANCELLED)
    assert not redis_client.hexists(ACTIVE, count)
    # So another may be asked for.
    assert hookbeat("run", count).exit_code == 0


def test_a_due_time_that_is_not_on_record_yet_is_told(hookbeat, count, redis_client):
    run = uuid.uuid5(uuid.NAMESPACE_OID, "x")
    redis_client.hset(ACTIVE, count, f"w|{run}")

    done = hookbeat("cancel", str(run), *WHY)

    assert done.exit_code == 1
    assert "try again in a second" in done.output


def test_a_run_of_which_nobody_knows_is_told(hookbeat, away):
    done = hookbeat("cancel", "abcdef", *WHY)
    assert (done.exit_code, "no run's id begins with abcdef" in done.output) == (1, True)

    away()
    done = hookbeat("cancel", "abcdef", *WHY)
    assert done.exit_code == 1
    assert "only Redis knows" in done.output


def test_without_redis_a_run_on_record_is_cancelled_all_the_same(
    hookbeat, sessions, row, away, count
):
    waiting, running = (
        a_run(outcome=None, entry=count, state=RunState.WAITING),
        a_run(outcome=None, entry=count, celery_id="abc"),
    )
    keep(sessions, waiting, running)
    away()

    assert hookbeat("cancel", str(waiting.id), *WHY).exit_code == 0
    done = hookbeat("cancel", str(running.id), *WHY)

    assert done.exit_code == 1
    assert "cannot be reached" in done.output
    assert "its work in the database is not kept" in done.output
    assert row(running.id).outcome is Outcome.CANCELLED


def test_a_worker_that_does_not_answer_is_told_of(hookbeat, sessions, count):
    run = a_run(outcome=None, entry=count, celery_id="abc", worker="celery@gone")
    keep(sessions, run)

    done = told(hookbeat("cancel", str(run.id), *WHY, "--json"))

    assert (done["cancelled"], done["was"]) == (True, "running")
    assert done["stopping"] == {"is_told": False, "words": "celery@gone did not answer"}


def test_a_run_in_a_process_of_its_own_cannot_be_told(hookbeat, sessions, row, count):
    run = a_run(outcome=None, entry=count, worker="inline@here:7")
    keep(sessions, run)

    done = hookbeat("cancel", str(run.id), *WHY)

    assert done.exit_code == 1
    assert "it runs outside of any Celery worker" in done.output
    assert row(run.id).outcome is Outcome.CANCELLED


def test_a_token_of_another_run_is_left_alone(hookbeat, sessions, count, redis_client):
    run, other = a_run(outcome=None, entry=count, state=RunState.WAITING), uuid.uuid4()
    keep(sessions, run)
    Tokens(redis_client, PREFIX).start(count, other)

    assert json.loads(hookbeat("cancel", str(run.id), *WHY, "--json").stdout)["was"] == "waiting"

    assert redis_client.hget(ACTIVE, count).startswith(f"r|{other}|")
