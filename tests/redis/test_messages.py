"""What the publisher holds back, as a real Redis would get it."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from kombu import Exchange, Queue
from kombu.utils.json import loads

from beat_schedule.decisions import Repeat
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.pushes import Message
from beat_schedule.plain import plain
from beat_schedule.schedules import Cron
from tests.beat_house import Beat

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def headers_of(made: Message) -> Any:
    return json.loads(made.pushes[0].payload)["headers"]


def arguments_of(made: Message) -> tuple[Any, Any]:
    args, kwargs, _ = loads(base64.b64decode(json.loads(made.pushes[0].payload)["body"]))
    return args, kwargs


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


RICH = [date(2026, 1, 2), Decimal("1.50"), 2**63]


@pytest.mark.parametrize(
    ("args", "kwargs"), [(plain(RICH), {"since": "2026-01-02"}), (["another"], {})]
)
def test_the_next_attempt_is_called_with_what_the_first_was(
    publisher: Publisher, beat: Beat, args: list[Any], kwargs: dict[str, Any]
):
    """The record has JSON's own types alone; the entry has its own where it says the same."""
    entry = PeriodicEntry(
        name="daily",
        task="tasks.daily",
        app=beat.app,
        schedule=Cron("@daily"),
        args=tuple(RICH),
        kwargs={"since": date(2026, 1, 2)},
    )
    again = Repeat(args=tuple(args), kwargs=kwargs, retries=1)

    made = publisher.message(entry, NOON, NOON, repeats=again)

    is_the_entrys = bool(kwargs)
    expected = (RICH, dict(entry.kwargs)) if is_the_entrys else (args, kwargs)
    assert arguments_of(made) == expected


def test_a_message_to_everybody_waits_nowhere(publisher: Publisher, beat: Beat):
    beat.app.conf.task_queues = [Queue("all", Exchange("all", type="fanout"))]

    made = message(publisher, beat, queue="all")

    assert (made.queue, made.step) == ("", 0)
    assert [push.command for push in made.pushes] == ["PUBLISH"]
