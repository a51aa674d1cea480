"""Workers show themselves in Redis: which live, and which queues they take."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from celery import Celery, Task, signals

from beat_schedule.clock import SystemClock
from beat_schedule.keys import Keys
from beat_schedule.logs import logger
from beat_schedule.runs.showing import Showing, show_workers
from beat_schedule.settings import Settings
from beat_schedule.workers import WorkerCard, Workers, taken_by
from tests.servers import free_port

WORKERS, TASKS = Keys("test:").workers, Keys("test:").tasks


@pytest.fixture
def workers(redis_url, redis_client):  # noqa: ARG001 -- empties it
    with redis.Redis.from_url(redis_url) as client:
        yield Workers(client, "test:")


def let_it_be_silent(redis_client, name, millis):
    at, card = redis_client.hget(WORKERS, name).split("|", 1)
    redis_client.hset(WORKERS, name, f"{int(at) - millis}|{card}")


def test_workers_are_seen_with_what_they_say_of_themselves(workers):
    workers.show("celery@two", WorkerCard(queues=("long",), slots=2))
    workers.show("celery@one", WorkerCard(queues=("default", "long"), offset=0.25))

    one, two = workers.seen()

    assert (one.name, one.is_alive, one.card.offset) == ("celery@one", True, 0.25)
    assert (two.name, two.card.slots) == ("celery@two", 2)
    assert taken_by([one, two]) == {"default": ["celery@one"], "long": ["celery@one", "celery@two"]}


def test_one_that_is_silent_takes_no_queue_and_is_forgotten_in_the_end(workers, redis_client):
    workers.show("celery@one", WorkerCard(queues=("default",)))
    let_it_be_silent(redis_client, "celery@one", 20_000)

    [silent] = workers.seen()

    assert not silent.is_alive
    assert taken_by([silent]) == {}

    let_it_be_silent(redis_client, "celery@one", 600_000)
    workers.show("celery@two", WorkerCard())

    assert [worker.name for worker in workers.seen()] == ["celery@two"]


def test_one_that_leaves_is_seen_no_more(workers):
    workers.show("celery@one", WorkerCard())

    workers.leave("celery@one")

    assert workers.seen() == []


def test_workers_of_one_kind_say_once_which_tasks_they_know(workers, redis_client):
    workers.show("celery@one", WorkerCard(), ["jobs.two", "jobs.one"])
    workers.show("celery@two", WorkerCard(), ["jobs.one", "jobs.two"])

    one, two = workers.seen()

    assert one.card.tasks == two.card.tasks
    assert workers.tasks(one.card.tasks) == {"jobs.one", "jobs.two"}
    assert redis_client.hlen(TASKS) == 1


def test_what_nobody_knows_any_more_is_forgotten_when_somebody_knows_something_new(
    workers, redis_client
):
    workers.show("celery@one", WorkerCard(), ["jobs.old"])
    (old,) = workers.seen()

    workers.show("celery@one", WorkerCard(), ["jobs.new"])

    assert workers.tasks(old.card.tasks) is None
    assert redis_client.hlen(TASKS) == 1


def test_a_worker_of_another_version_says_nothing_of_its_tasks(workers):
    workers.show("celery@one", WorkerCard())

    assert [worker.card.tasks for worker in workers.seen()] == [""]


def test_a_card_of_another_version_is_read_as_far_as_it_is_known():
    assert WorkerCard.read('{"host": "web1", "colour": "red"}') == WorkerCard(host="web1")


class New(Task):
    name = "jobs.new"

    def run(self):
        """Nothing."""


def a_timer(_every, turn):
    turn()
    return SimpleNamespace(cancel=lambda: None)


def a_consumer(app, *queues):
    taking = SimpleNamespace(queues=[SimpleNamespace(name=queue) for queue in queues])
    pool = SimpleNamespace(num_processes=4)
    timer = SimpleNamespace(call_repeatedly=a_timer)
    return SimpleNamespace(
        app=app, hostname="celery@one", pool=pool, task_consumer=taking, timer=timer
    )


def connect(consumer):
    """As Celery's consumer begins whenever it has found its broker."""
    for step in consumer.app.steps["consumer"]:
        step(consumer).start(consumer)


def test_a_worker_of_the_app_shows_itself_from_its_start_to_its_end(workers, redis_url, wait_until):
    app = Celery("guest", set_as_current=False)
    settings = Settings(redis_url=redis_url, prefix="test:")
    show_workers(app, settings, SystemClock(), logger("hookbeat.worker"))

    consumer = a_consumer(app, "long", "default")
    connect(consumer)
    # It has lost its broker, and found it again.
    connect(consumer)
    [seen] = wait_until(workers.seen)

    assert (seen.name, seen.is_alive) == ("celery@one", True)
    assert (seen.card.queues, seen.card.slots) == (("default", "long"), 4)
    assert "jobs.new" not in workers.tasks(seen.card.tasks)

    app.register_task(New())
    wait_until(lambda: "jobs.new" in (workers.tasks(workers.seen()[0].card.tasks) or ()))

    signals.worker_shutdown.send(sender=None)

    assert workers.seen() == []


def test_a_worker_that_cannot_show_itself_says_so_once_and_works_on(wait_until, caplog):
    app = Celery("guest", set_as_current=False)
    settings = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    show_workers(app, settings, SystemClock(), logger("hookbeat.worker"))

    connect(a_consumer(app))
    wait_until(lambda: caplog.messages)
    signals.worker_shutdown.send(sender=None)

    [said] = caplog.messages
    assert said.startswith("worker.unseen")


def test_a_worker_whose_loop_stands_still_is_not_shown(workers, redis_url, clock):
    settings = Settings(redis_url=redis_url, prefix="test:")
    said = {"clock": clock, "log": logger("hookbeat.worker")}
    showing = Showing(settings, "celery@one", lambda _: WorkerCard(), tuple, **said)
    showing.turn()
    showing.show()
    workers.leave("celery@one")
    clock.advance(timedelta(seconds=16))

    with pytest.raises(TimeoutError, match="stands still"):
        showing.show()

    assert workers.seen() == []
