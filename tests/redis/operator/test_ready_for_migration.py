"""Whether code and tables may be changed: nothing runs, waits, or is in a queue."""

from datetime import timedelta

import pytest

from beat_schedule.actions import Pending, until_nothing_is_pending
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.models import RunState
from beat_schedule.testing import ManualClock
from tests.desk import PREFIX, told
from tests.recorded import a_run, keep
from tests.store.decided import ENTRY, sent


@pytest.fixture
def record(sqlite_url):
    engine = make_engine(sqlite_url)
    yield make_sessions(engine)
    engine.dispose()


def test_it_is_ready_where_nothing_is_left_and_says_whether_more_may_come(hookbeat):
    done = hookbeat("ready-for-migration")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("ready: nothing runs, waits, or is in a queue\nnothing holds")

    hookbeat("maintenance", "on", "--why", "release 7")

    held = hookbeat("ready-for-migration")
    assert held.exit_code == 0
    assert held.output == "ready: nothing runs, waits, or is in a queue\n"
    assert told(hookbeat("ready-for-migration", "--json"))["hold"]["why"] == "release 7"


def test_what_is_queued_of_any_priority_is_left(hookbeat, count, redis_client):
    hookbeat("run", count)
    redis_client.lpush(f"{PREFIX}long\x06\x166", "{}", "{}")

    done = hookbeat("ready-for-migration")

    assert done.exit_code == 1
    assert "not ready: 1 queued in default, 2 queued in long" in done.output
    assert told(hookbeat("ready-for-migration", "--json"))["queued"] == {"default": 1, "long": 2}


def test_what_runs_and_what_waits_for_another_attempt_is_left(hookbeat, record):
    running, waiting = a_run(outcome=None), a_run(outcome=None, state=RunState.WAITING)
    keep(record, running, waiting, a_run())

    done = hookbeat("ready-for-migration")

    assert done.exit_code == 1
    assert "not ready: 1 running, 1 waiting for another attempt" in done.output
    assert str(running.id)[:8] in done.output
    seen = told(hookbeat("ready-for-migration", "--json"))
    assert [run["id"] for run in seen["running"]] == [str(running.id)]
    assert [run["id"] for run in seen["waiting"]] == [str(waiting.id)]
    assert seen["ready"] is False


def test_a_message_in_a_workers_hand_is_left_even_if_nobody_follows_its_run(
    hookbeat, record, redis_client
):
    keep(record, a_run(outcome=None), a_run(outcome=None, worker="inline@web1:7"))
    redis_client.hset(f"{PREFIX}unacked", mapping={"of the run": "[]", "of another task": "[]"})

    done = hookbeat("ready-for-migration")

    assert done.exit_code == 1
    assert "not ready: 2 running, 1 more in the hands of workers" in done.output


def test_a_due_time_whose_message_is_lost_is_left_because_it_will_be_sent_again(hookbeat, journal):
    journal.keep([sent()], [], None)

    done = hookbeat("ready-for-migration")

    assert done.exit_code == 1
    assert "not ready: 1 sent and not started" in done.output


def test_a_run_whose_entry_is_removed_is_named_with_its_cure(hookbeat, leader, journal):
    leader.lead().look_at("another@hourly")
    journal.keep([sent()], [], None)
    short = str(sent().run)[:8]

    done = hookbeat("ready-for-migration")

    assert f"run {short} of {ENTRY}, sent 2026-03-10 12:00:01Z, is of no entry" in done.output
    assert f"end it now: hookbeat cancel {short} --why" in done.output
    [left] = told(hookbeat("ready-for-migration", "--json"))["sent_and_not_started"]
    assert (left["id"], left["entry_is_gone"]) == (str(sent().run), True)
    assert hookbeat("cancel", short, "--why", "its entry is removed").exit_code == 0
    assert hookbeat("ready-for-migration").exit_code == 0


def test_while_redis_is_away_nobody_knows(hookbeat, away):
    away()

    done = hookbeat("ready-for-migration")

    assert done.exit_code == 1
    assert "cannot be reached" in done.output


def test_a_wait_that_is_no_time_is_misuse(hookbeat):
    assert hookbeat("ready-for-migration", "--wait", "long").exit_code == 2


def seen(**queued):
    return Pending(running=(), waiting=(), awaited=(), gone=(), queued=queued, in_hand=0, held=None)


def test_it_waits_until_two_looks_in_a_row_find_nothing():
    clock = ManualClock()
    looks = iter([seen(default=2), seen(), seen(default=1), seen(), seen()])
    told = []

    last = until_nothing_is_pending(
        lambda: next(looks), clock, timedelta(minutes=1), lambda seen: told.append(seen.queued)
    )

    assert last.is_over
    assert told == [{"default": 2}, {"default": 1}]
    assert clock.slept == [1.0] * 4


@pytest.mark.parametrize(("within", "slept"), [(None, 0), (timedelta(seconds=3), 3)])
def test_it_does_not_wait_for_ever(within, slept):
    clock = ManualClock()

    last = until_nothing_is_pending(lambda: seen(default=1), clock, within)

    assert not last.is_over
    assert sum(clock.slept) == slept
