"""Calls for which both we and Celery build the message."""

import json
from typing import Any

from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.pushes import Message
from beat_schedule.dispatch.templates import Call

RUN = {
    "periodic_task_name": "tasks.loans@daily",
    "celery_beat_task": True,
    "hookbeat_entry": "tasks.loans@daily",
    "hookbeat_due_at": "2026-05-04T12:00:00.000+00:00",
    "hookbeat_queued_at": "2026-05-04T12:00:00.004+00:00",
    "hookbeat_run": "4b6b1a0e-8b0e-5b57-9a0f-1d0f3f6a2c11",
    "hookbeat_trigger": "schedule",
}


def nothing(**_: Any) -> None:
    pass


def call(task: str = "tasks.loans", *args: Any, **options: Any) -> Call:
    return Call(task, list(args), options.pop("kwargs", {}), options, RUN)


def masked(message: Message) -> list[tuple[str, str, str]]:
    """The writes of a message without its own two ids."""
    lines = []
    for push in message.pushes:
        read = json.loads(push.payload)
        text = push.payload.replace(read["properties"]["delivery_tag"], "TAG")
        lines.append((push.command, push.key, text.replace(read["headers"].get("id", "-"), "ID")))
    return lines


def assert_alike(publisher: Publisher, asked: Call) -> None:
    made = publisher._templates.message(asked)
    stock = publisher._stock(asked)
    assert made is not None
    assert masked(made) == masked(stock)
    assert (made.queue, made.step) == (stock.queue, stock.step)


def is_left_to_celery(publisher: Publisher, asked: Call) -> bool:
    return publisher._templates.message(asked) is None and bool(publisher._stock(asked).pushes)
