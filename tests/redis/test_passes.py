"""The beat's passes against a real Redis, with a clock that the test moves."""

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.signals import before_task_publish
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from beat_schedule.dispatch.errors import is_refused
from beat_schedule.entries import run_id
from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron, Every, Governed
from tests.beat_house import Beat, owing

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_an_entry_is_sent_when_it_is_due_and_once(beat: Beat):
    passes = beat.start(hourly=Cron("0 * * * *"))
    passes.make()
    assert beat.sent() == []

    beat.clock.advance(SECOND)
    passes.make()
    passes.make()

    assert beat.sent() == [("hourly", NOON)]


def test_a_message_is_a_stock_celery_message_with_the_run_in_its_headers(beat: Beat):
    daily = {
        "schedule": Cron("0 12 * * *"),
        "args": ("loans",),
        "kwargs": {"kind": "overdue"},
        "options": {"queue": "long", "priority": 3, "headers": {"mine": "kept"}},
    }
    passes = beat.start(daily=daily)
    beat.clock.advance(SECOND)
    passes.make()

    (message,) = beat.messages("long\x06\x163")
    headers = message["headers"]
    arguments, keywords, _ = json.loads(base64.b64decode(message["body"]))
    assert (arguments, keywords) == (["loans"], {"kind": "overdue"})
    assert headers["task"] == "tasks.daily"
    assert headers["mine"] == "kept"
    assert datetime.fromisoformat(headers["hookbeat_queued_at"]) == NOON
    assert headers["hookbeat_run"] == str(run_id("daily", NOON))
    assert headers["periodic_task_name"] == "daily"
    assert headers["celery_beat_task"] is True
    assert uuid.UUID(headers["id"]) != run_id("daily", NOON)
    assert message["properties"]["delivery_info"] == {"exchange": "", "routing_key": "long"}


def test_a_new_entry_starts_now_and_is_not_run_at_first_sight(beat: Beat):
    beat.start(old=Cron("0 * * * *")).make()
    beat.clock.advance(HOUR / 2)

    beat.start(old=Cron("0 * * * *"), new=Cron("0 * * * *")).make()

    assert beat.sent() == [("old", NOON)]


def test_a_restart_over_a_due_time_runs_it_once(beat: Beat):
    beat.start(hourly=Cron("0 * * * *")).make()
    beat.clock.advance(HOUR / 2)

    beat.start(hourly=Cron("0 * * * *")).make()
    beat.start(hourly=Cron("0 * * * *")).make()

    assert beat.sent() == [("hourly", NOON)]


def test_after_an_outage_the_newest_due_time_stands_for_all(beat: Beat):
    beat.start(hourly=Cron("0 * * * *")).make()
    beat.clock.advance(5 * HOUR + HOUR / 2)

    beat.start(hourly=Cron("0 * * * *")).make()

    assert beat.sent() == [("hourly", NOON + 5 * HOUR)]


def test_a_crash_between_the_sending_and_the_cursor_sends_nothing_twice(beat: Beat):
    beat.start(hourly=Cron("0 * * * *")).make()
    cursor = beat.redis.get("test:hookbeat:main:cursor")
    beat.clock.advance(SECOND)
    beat.start(hourly=Cron("0 * * * *")).make()
    beat.redis.set("test:hookbeat:main:cursor", cursor)

    beat.start(hourly=Cron("0 * * * *")).make()

    assert beat.sent() == [("hourly", NOON)]


def test_spread_delays_the_sending_and_not_the_due_time(beat: Beat):
    passes = beat.start(spread=Governed(Cron("0 * * * *"), Policy(spread=timedelta(minutes=17))))
    beat.clock.advance(timedelta(minutes=17))
    passes.make()
    assert beat.sent() == []

    beat.clock.advance(SECOND)
    passes.make()

    assert beat.sent() == [("spread", NOON)]


def test_a_restart_within_the_spread_does_not_lose_the_occurrence(beat: Beat):
    spread = Governed(Cron("0 * * * *"), Policy(spread=timedelta(minutes=17)))
    beat.start(spread=spread).make()
    beat.clock.advance(timedelta(minutes=10))
    beat.start(spread=spread).make()
    beat.clock.advance(timedelta(minutes=10))

    beat.start(spread=spread).make()

    assert beat.sent() == [("spread", NOON)]


def test_an_entry_whose_schedule_was_changed_is_not_due_for_the_past(beat: Beat):
    beat.start(edited=Cron("0 18 * * *")).make()
    beat.clock.advance(HOUR)
    beat.start(edited=Cron("0 18 * * *")).make()

    beat.start(edited=Cron("30 12 * * *")).make()

    assert beat.sent() == []


def test_one_entry_that_cannot_be_sent_stops_no_other_and_is_owed(beat: Beat):
    unserializable = {"schedule": Cron("0 * * * *"), "kwargs": {"what": object()}}
    passes = beat.start(bad=unserializable, good=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    assert beat.sent() == [("good", NOON)]
    assert list(beat.redis.hgetall("test:hookbeat:main:owing")) == ["bad"]

    beat.clock.advance(HOUR / 2)
    beat.start(bad=Cron("0 * * * *"), good=Cron("0 * * * *")).make()

    assert beat.sent() == [("good", NOON), ("bad", NOON)]
    assert beat.redis.hgetall("test:hookbeat:main:owing") == {}


def decided(beat: Beat) -> list[tuple[str, int, str]]:
    return [(line["decision"], int(line["count"]), line["reason"]) for line in beat.journal()]


def test_what_needs_no_message_is_decided_although_none_can_be_built(beat: Beat):
    window = Policy(catch_up_window=2 * HOUR)
    hourly = Governed(Cron("0 * * * *"), window)
    beat.start(bad=hourly).make()
    beat.clock.advance(5 * HOUR + HOUR / 2)

    bad = {"schedule": hourly, "kwargs": {"what": object()}}
    beat.start(bad=bad).make()

    assert [what for what, *_ in decided(beat)] == ["expired", "coalesced"]
    assert list(beat.redis.hgetall("test:hookbeat:main:owing")) == ["bad"]

    beat.start(bad=hourly).make()

    assert beat.sent() == [("bad", NOON + 5 * HOUR)]
    assert beat.redis.hgetall("test:hookbeat:main:owing") == {}


def test_what_could_not_be_built_within_its_window_ends_as_an_error_in_its_own_words(beat: Beat):
    daily = Governed(Cron("0 12 * * *"), Policy(catch_up_window=HOUR))
    passes = beat.start(bad={"schedule": daily, "kwargs": {"what": object()}})
    for _ in range(70):
        beat.clock.advance(timedelta(minutes=1))
        passes.make()

    [(what, count, reason)] = decided(beat)
    assert (what, count) == ("error", 1)
    assert "JSON serializable" in reason
    assert beat.redis.hgetall("test:hookbeat:main:owing") == {}


def test_a_queue_key_that_is_no_list_owes_its_entries_and_spares_the_rest(beat: Beat):
    beat.redis.set("test:broken", "somebody's string")
    broken = {"schedule": Cron("0 * * * *"), "options": {"queue": "broken"}}
    passes = beat.start(bad=broken, good=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()
    assert beat.sent() == [("good", NOON)]

    beat.redis.delete("test:broken")
    beat.clock.advance(11 * SECOND)
    passes.make()

    assert beat.sent("broken") == [("bad", NOON)]


class Broken(Every):
    """A schedule with a fault of its own."""

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        raise RuntimeError(f"no such moon between {after} and {until}")


def test_a_schedule_that_raises_stops_no_other(beat: Beat):
    passes = beat.start(broken=Broken("1s"), good=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    passes.make()

    assert beat.sent() == [("good", NOON)]


def test_a_schedule_that_goes_on_raising_is_owed_and_the_cursor_moves_on(beat: Beat):
    leader = beat.start(broken=Broken("1s"), good=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    leader.make()

    for _ in range(3):
        beat.clock.advance(10 * SECOND)
        leader.make()

    assert leader.state.cursor() == beat.clock.now()
    assert list(owing(leader.state)) == ["broken"]


def test_the_beat_rests_until_the_next_due_time_and_never_longer_than_a_second(beat: Beat):
    passes = beat.start(hourly=Cron("0 * * * *"))
    assert passes.make() == SECOND

    beat.clock.advance(0.7 * SECOND)

    assert passes.make() == 0.3 * SECOND


def test_the_cursor_moves_with_every_pass(beat: Beat):
    def cursor() -> int:
        return int(beat.redis.get("test:hookbeat:main:cursor") or 0)

    passes = beat.start(hourly=Cron("0 * * * *"))
    passes.make()
    before = cursor()

    beat.clock.advance(SECOND)
    passes.make()

    assert cursor() - before == 1000


def test_signals_of_celery_are_sent_and_may_change_the_headers(beat: Beat):
    def stamp(headers: dict[str, Any], **_: Any) -> None:
        headers["stamped"] = "yes"

    before_task_publish.connect(stamp)
    try:
        passes = beat.start(hourly=Cron("0 * * * *"))
        beat.clock.advance(SECOND)
        passes.make()
    finally:
        before_task_publish.disconnect(stamp)

    assert beat.messages()[0]["headers"]["stamped"] == "yes"


def test_a_redis_that_refuses_to_write_owes_nobody_and_leaves_everything_due(beat: Beat):
    passes = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(SECOND)
    beat.redis.config_set("maxmemory", "1")
    try:
        with pytest.raises((RedisError, OperationalError)) as refused:
            passes.make()
    finally:
        beat.redis.config_set("maxmemory", "0")
    assert is_refused(refused.value)

    beat.start(hourly=Cron("0 * * * *")).make()

    assert beat.sent() == [("hourly", NOON)]
    assert beat.redis.hgetall("test:hookbeat:main:owing") == {}
