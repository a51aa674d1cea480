"""Which workers live, and what becomes of entries whose task none of them knows."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from beat_schedule.clock import to_millis
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.schedules import Cron, Every, Governed
from beat_schedule.workers import WorkerCard, Workers
from tests.beat_house import CLOCK_KEY, Beat, clocked_prelude, owing

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
WHY = "no worker that lives knows the task tasks.hourly"


@pytest.fixture
def workers(redis_url, beat: Beat):
    with redis.Redis.from_url(redis_url) as client:
        client.set(CLOCK_KEY, to_millis(beat.clock.now()))
        yield Workers(client, "test:", clocked_prelude())


def hourly(**policy):
    return {"schedule": Governed(Every("1h"), Policy(**policy))}


def live(beat, passes, span):
    for _ in range(span // SECOND):
        beat.clock.advance(SECOND)
        passes.make()


def decided(beat):
    return [(line["decision"], line["reason"]) for line in beat.journal()]


def test_while_workers_live_and_none_knows_its_task_an_entry_owes_and_says_why(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    passes = beat.start(hourly=hourly(), other=hourly())

    live(beat, passes, 2 * SECOND)

    assert beat.sent() == [("other", NOON)]
    assert (owing(passes.state)["hourly"].due_at, owing(passes.state)["hourly"].why) == (NOON, WHY)


def test_it_is_sent_as_soon_as_one_appears_that_does(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    passes = beat.start(hourly=hourly())
    live(beat, passes, 3 * SECOND)

    workers.show("celery@two", WorkerCard(), ["tasks.hourly"])
    live(beat, passes, SECOND)

    assert beat.sent() == [("hourly", NOON)]
    live(beat, passes, 10 * SECOND)
    assert owing(passes.state) == {}
    assert decided(beat) == [("sent", "")]


def test_while_no_worker_lives_it_is_sent_and_waits(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    workers.leave("celery@one")
    passes = beat.start(hourly=hourly())

    live(beat, passes, SECOND)

    assert beat.sent() == [("hourly", NOON)]


def test_who_falls_silent_keeps_nothing_waiting(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    passes = beat.start(hourly=hourly())
    live(beat, passes, 14 * SECOND)
    assert beat.sent() == []

    live(beat, passes, 3 * SECOND)

    assert beat.sent() == [("hourly", NOON)]


def test_who_leaves_keeps_nothing_waiting(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    passes = beat.start(hourly=hourly())
    live(beat, passes, 2 * SECOND)

    workers.leave("celery@one")
    live(beat, passes, SECOND)

    assert beat.sent() == [("hourly", NOON)]


def test_the_catch_up_window_ends_what_nobody_could_do_and_the_record_says_so(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    passes = beat.start(hourly=hourly(catch_up_window=timedelta(minutes=2)))
    live(beat, passes, SECOND)

    beat.clock.advance(timedelta(minutes=2))
    passes.say_the_time()
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    live(beat, passes, 2 * SECOND)

    assert decided(beat) == [("expired", f"later than its window of 2 minutes; {WHY}")]
    assert owing(passes.state) == {}
    assert beat.sent() == []


def test_due_times_that_wait_for_a_worker_follow_the_entrys_way_to_catch_up(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    policy = Policy(catch_up=CatchUp.ONCE, overlap=Overlap.ALLOW)
    passes = beat.start(new={"schedule": Governed(Every("10s"), policy)})
    for _ in range(41):
        workers.show("celery@one", WorkerCard(), ["tasks.other"])
        live(beat, passes, SECOND)
    assert decided(beat) == []

    workers.show("celery@one", WorkerCard(), ["tasks.new"])
    live(beat, passes, SECOND)

    # The four of before the last ten seconds count as one.
    assert decided(beat) == [
        ("coalesced", "a newer one stands for 4"),
        ("sent", "stands for 4"),
        ("sent", ""),
    ]


def test_what_a_stock_worker_carries_out_is_not_asked_for(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    passes = beat.start(hourly=Cron("0 * * * *"))

    live(beat, passes, SECOND)

    assert beat.sent() == [("hourly", NOON)]


def test_a_worker_that_does_not_say_what_it_knows_may_know_it(beat: Beat, workers):
    workers.show("celery@one", WorkerCard(), ["tasks.other"])
    workers.show("celery@old", WorkerCard())
    passes = beat.start(hourly=hourly())

    live(beat, passes, SECOND)

    assert beat.sent() == [("hourly", NOON)]
