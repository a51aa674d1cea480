"""What the publisher holds back, as a real Redis would get it."""

import json
from datetime import UTC, datetime
from typing import Any

from kombu import Exchange, Queue

from beat_schedule.decisions import Repeat
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.pushes import Message
from beat_schedule.schedules import Cron
from tests.beat_house import Beat

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def headers_of(made: Message) -> Any:
    return json.loads(made.pushes[0].payload)["headers"]


def message(
    publisher: Publisher, beat: Beat, repeats: Repeat | None = None, **options: Any
) -> Message:
    entry = PeriodicEntry(
        name="daily", task="tasks.daily", app=beat.app, schedule=Cron("@daily"), options=options
    )
    return publisher.message(entry, NOON, NOON, repeats=repeats)


def test_a_message_says_in_which_queue_it_will_wait(publisher: Publisher, beat: Beat):
    made = message(publisher, beat)

    assert (made.queue, made.step) == ("celery", 0)
    (push,) = made.pushes
    assert (push.command, push.key) == ("LPUSH", "test:celery")


def test_a_message_says_which_of_the_queue_s_lists_its_priority_is(
    publisher: Publisher, beat: Beat
):
    made = message(publisher, beat, queue="long", priority=4)

    assert (made.queue, made.step) == ("long", 3)
    assert made.pushes[0].key == "test:long\x06\x163"


def test_the_next_attempt_of_what_was_asked_for_by_force_is_forced_too(
    publisher: Publisher, beat: Beat
):
    again = Repeat(args=(), kwargs={}, retries=1, forced=True)

    made = message(publisher, beat, repeats=again)

    assert headers_of(made)["hookbeat_forced"] is True
    assert "hookbeat_forced" not in headers_of(message(publisher, beat))


def test_a_message_to_everybody_waits_nowhere(publisher: Publisher, beat: Beat):
    beat.app.conf.task_queues = [Queue("all", Exchange("all", type="fanout"))]

    made = message(publisher, beat, queue="all")

    assert (made.queue, made.step) == ("", 0)
    assert [push.command for push in made.pushes] == ["PUBLISH"]
