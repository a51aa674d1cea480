"""A filled template is, letter by letter, the message that Celery would have built."""

import gc
import json
import math
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from celery import Celery, Task, signals
from celery.exceptions import QueueNotFound
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from kombu import Exchange, Queue
from kombu.exceptions import EncodeError

from beat_schedule.dispatch import templates
from beat_schedule.dispatch.messages import Message, Publisher
from beat_schedule.dispatch.templates import Call
from tests.beat_house import Beat

RUN = {
    "periodic_task_name": "tasks.loans@daily",
    "celery_beat_task": True,
    "hookbeat_entry": "tasks.loans@daily",
    "hookbeat_due_at": "2026-05-04T12:00:00.000+00:00",
    "hookbeat_queued_at": "2026-05-04T12:00:00.004+00:00",
    "hookbeat_run": "4b6b1a0e-8b0e-5b57-9a0f-1d0f3f6a2c11",
    "hookbeat_trigger": "schedule",
}


@pytest.fixture
def app(beat: Beat) -> Celery:
    return beat.app


@pytest.fixture
def publisher(app: Celery) -> Iterator[Publisher]:
    publisher = Publisher(app)
    yield publisher
    publisher.close()


def nothing(**_: Any) -> None:
    pass


def takes_one(kind: str) -> str:
    return kind


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


@pytest.mark.parametrize(
    "options",
    [
        {"expires": 60},
        {"expires": datetime(2036, 1, 1, tzinfo=UTC)},
        {"countdown": 5},
        {"eta": datetime(2036, 1, 1, tzinfo=UTC) + timedelta(seconds=1)},
        {"serializer": "pickle"},
        {"argsrepr": "hidden"},
        {"task_id": "always the same"},
        {"root_id": "a-root"},
        {"headers": {"id": "mine"}},
        {"headers": {"compression": "application/x-gzip"}},
        {"queue": Queue("long", Exchange("long"), routing_key="long")},
        {"queue": "all"},
        {"chain": [{"task": "tasks.next"}]},
    ],
    ids=repr,
)
def test_what_a_template_cannot_say_is_left_to_celery(app: Celery, options: dict[str, Any]):
    app.conf.task_queues = [
        Queue("celery"),
        Queue("all", Exchange("all", type="fanout")),
    ]
    publisher = Publisher(app)
    for _ in range(2):
        assert is_left_to_celery(publisher, call(**options))
    publisher.close()


def test_events_of_what_is_sent_are_left_to_celery(app: Celery):
    app.conf.task_send_sent_event = True
    publisher = Publisher(app)
    assert is_left_to_celery(publisher, call())
    publisher.close()


def test_a_router_that_may_look_at_each_message_is_asked_by_celery(app: Celery):
    app.conf.task_routes = [lambda *_args, **_options: {"queue": "long"}]
    publisher = Publisher(app)
    assert is_left_to_celery(publisher, call())
    publisher.close()


def test_whoever_listens_to_publishing_is_heard_from_then_on(publisher: Publisher):
    # Celery keeps the list of listeners, and has another once one of them was collected.
    gc.collect()
    for signal in (signals.before_task_publish, signals.after_task_publish):
        signal.connect(nothing)
        signal.disconnect(nothing)
    assert_alike(publisher, call())
    for signal in (signals.before_task_publish, signals.after_task_publish):
        heard = []

        def listen(headers: Any, heard: list[Any] = heard, **_: Any) -> None:
            heard.append(headers["hookbeat_entry"])

        signal.connect(listen)
        try:
            assert is_left_to_celery(publisher, call())
        finally:
            signal.disconnect(listen)
        assert heard == ["tasks.loans@daily"]
    assert_alike(publisher, call())


def test_a_task_that_sends_itself_its_own_way_does_so(app: Celery, publisher: Publisher):
    class Own(Task):
        def apply_async(self, *args: Any, **options: Any) -> Any:
            return super().apply_async(*args, **(options | {"queue": "own"}))

    app.task(nothing, shared=False, name="tasks.loans", base=Own)

    assert is_left_to_celery(publisher, call())


def test_a_library_that_wraps_sending_is_called_for_each_message(
    app: Celery, monkeypatch: pytest.MonkeyPatch
):
    seen = []
    send_task = Celery.send_task

    def wrapped(self: Celery, name: str, *args: Any, **options: Any) -> Any:
        seen.append(name)
        return send_task(self, name, *args, **options)

    monkeypatch.setattr(Celery, "send_task", wrapped)
    publisher = Publisher(app)
    assert is_left_to_celery(publisher, call())
    assert seen == ["tasks.loans"]
    publisher.close()
