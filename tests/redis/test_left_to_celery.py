"""Messages that no template can be: Celery builds each of them."""

import gc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery, Task, signals
from kombu import Exchange, Queue

from beat_schedule.dispatch.messages import Publisher
from tests.redis.alike import assert_alike, call, is_left_to_celery, nothing


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
