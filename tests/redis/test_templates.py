"""A filled template is, letter by letter, the message that Celery would have built."""

import json
import math
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import QueueNotFound
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from kombu.exceptions import EncodeError

from beat_schedule.dispatch import templates
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.templates import Call
from tests.redis.alike import RUN, assert_alike, call, nothing


def takes_one(kind: str) -> str:
    return kind


@pytest.mark.parametrize(
    "options",
    [
        {},
        *({"priority": priority} for priority in range(10)),
        {"queue": "long", "priority": 4, "routing_key": "elsewhere"},
        {"headers": {"hookbeat_entry": "stands first", "mine": {"100%": ["%(id)s", None, 1.5]}}},
        {"headers": {"grüße": "☃ \ud83d\ude00 \u2028", "hookbeat_run": "loses"}},
        {"headers": None},
        {"time_limit": 20, "soft_time_limit": 10.5},
        {"time_limit": 20.0, "soft_time_limit": True},
        {"ignore_result": True},
        {"ignore_result": False},
        {"compression": "zlib"},
        {"compression": "bzip2", "serializer": "json"},
        {"delivery_mode": 1, "shadow": "loans of %s", "reply_to": "them"},
        {"retries": 3, "group_id": "a-group", "parent_id": "a-parent"},
        {"retry": True, "retry_policy": {"max_retries": 3}},
        {"message_property": "kept", "add_to_parent": False},
    ],
    ids=repr,
)
def test_whatever_the_options(publisher: Publisher, options: dict[str, Any]):
    assert_alike(publisher, call(**options))
    assert_alike(publisher, call("tasks.other", 1, "two", kwargs={"three": [3]}, **options))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=20)
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(allow_nan=False)
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=12,
)


@tried(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    task=st.text(min_size=1),
    key=st.text(),
    args=st.lists(VALUES, max_size=4),
    kwargs=st.dictionaries(st.text(), VALUES, max_size=4),
    compression=st.sampled_from([None, "zlib"]),
)
def test_whatever_the_name_the_key_and_the_arguments(  # noqa: PLR0917 -- drawn, each by its name
    publisher: Publisher,
    task: str,
    key: str,
    args: list[Any],
    kwargs: dict[str, Any],
    compression: str | None,
):
    run = {**RUN, "periodic_task_name": key, "hookbeat_entry": key}
    options = {"queue": "long", "compression": compression, "headers": {"hookbeat_entry": key}}
    assert_alike(publisher, Call(task, args, kwargs, options, run))


@pytest.mark.parametrize(
    "argument",
    [
        math.nan, math.inf, (1, 2), [(1,), (2,)], "x" * 5000, list(range(3000)), {"a": {"b": {}}},
        datetime(2026, 5, 4, tzinfo=UTC), Decimal("1.10"), uuid.uuid4(), b"\xff", True, 1, 1.0,
    ],
)  # fmt: skip
def test_arguments_are_written_and_shortened_as_celery_does_it(publisher: Publisher, argument: Any):
    assert_alike(publisher, call("tasks.loans", argument, kwargs={"kind": argument}))


def test_equal_arguments_of_other_types_are_not_mixed_up(publisher: Publisher):
    for argument in (1, True, 1.0, (1,), [1], "1", b"1"):
        assert_alike(publisher, call("tasks.loans", argument))


def test_entries_that_differ_in_key_task_or_arguments_share_a_template(publisher: Publisher):
    for number in range(50):
        run = {**RUN, "hookbeat_entry": f"entry {number}"}
        asked = Call(f"tasks.number_{number}", [number], {}, {"queue": "long"}, run)
        assert publisher._templates.message(asked)

    assert len(publisher._templates._templates) == 1


def test_what_is_kept_is_bounded(publisher: Publisher, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(templates, "TEMPLATES", 3)
    monkeypatch.setattr(templates, "BODIES", 5)
    for number in range(20):
        assert_alike(publisher, call("tasks.loans", number, shadow=f"number {number}"))

    assert len(publisher._templates._templates) <= 3
    assert len(publisher._templates._bodies) <= 5


def test_each_message_has_ids_of_its_own(publisher: Publisher):
    texts = [publisher._templates.message(call()).pushes[0].payload for _ in range(3)]

    read = [json.loads(text) for text in texts]
    assert len({message["headers"]["id"] for message in read}) == 3
    assert len({message["properties"]["delivery_tag"] for message in read}) == 3
    for message in read:
        assert message["headers"]["root_id"] == message["headers"]["id"]
        assert message["properties"]["correlation_id"] == message["headers"]["id"]


def test_the_routes_of_the_app_are_followed_for_each_task(app: Celery):
    app.conf.task_routes = [
        {"tasks.a": {"queue": "first", "priority": 7}, "tasks.b": "second"},
        {"tasks.*": {"queue": "rest", "headers": {"by": "route"}}},
    ]
    publisher = Publisher(app)
    for task in ("tasks.a", "tasks.b", "tasks.c", "others.d"):
        assert_alike(publisher, call(task))
        assert_alike(publisher, call(task, queue="long"))
    publisher.close()


def test_a_registered_task_s_own_options_count(app: Celery, publisher: Publisher):
    app.task(nothing, shared=False, name="tasks.plain")
    app.task(
        nothing, shared=False, name="tasks.quiet", ignore_result=True, priority=6, time_limit=5
    )
    app.task(nothing, shared=False, name="tasks.pressed", compression="zlib", queue="long")
    for task in ("tasks.plain", "tasks.quiet", "tasks.pressed", "tasks.unknown"):
        assert_alike(publisher, call(task))


def test_a_task_registered_later_is_seen(app: Celery, publisher: Publisher):
    assert_alike(publisher, call())
    app.task(nothing, shared=False, name="tasks.loans", ignore_result=True, queue="long")
    assert_alike(publisher, call())


def test_arguments_that_a_task_cannot_take_are_refused_every_time(
    app: Celery, publisher: Publisher
):
    app.task(takes_one, shared=False, name="tasks.loans")
    assert_alike(publisher, call("tasks.loans", "overdue"))
    with pytest.raises(TypeError):
        publisher._templates.message(call())


def test_arguments_that_cannot_be_written_are_refused_every_time(publisher: Publisher):
    for _ in range(2):
        with pytest.raises(EncodeError):
            publisher._templates.message(call("tasks.loans", object()))


def test_the_error_of_a_queue_that_is_not_known_is_celery_s(app: Celery):
    app.conf.task_create_missing_queues = False
    publisher = Publisher(app)
    with pytest.raises(QueueNotFound):
        publisher._templates.message(call(queue="a slip"))
    publisher.close()
