"""A worker that follows its code: other tasks are known at once, and new children have them.

And what else a worker does whenever it has connected to its broker.
"""

from collections.abc import Callable
from typing import Any

from celery import Celery, bootsteps
from celery.concurrency import prefork
from celery.utils.functional import noop
from celery.worker.consumer.tasks import Tasks

from beat_schedule.clock import SystemClock

from .code import LOOK, Version

#: In seconds, of a time limit that passed meanwhile.
SOON = 0.01

_CLOCK = SystemClock()


def whenever_connected(app: Celery, begin: Callable[[Any], None]) -> None:
    """Call it with the consumer of each worker of this app, before it takes messages.

    Celery sends `worker_ready` once, and clears the timer of a worker that loses its connection.
    """

    class Connected(bootsteps.StartStopStep):
        name = f"{begin.__module__}.{begin.__qualname__}"
        requires = (Tasks,)

        def start(self, consumer: Any) -> None:
            begin(consumer)

    app.steps["consumer"].add(Connected)


class KeepTimeLimits(bootsteps.StartStopStep):
    """Part of a worker's consumer: time limits of what is under way outlive its connection.

    Celery has them on the timer that it clears, and sets none anew.
    """

    requires = (Tasks,)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self._lost_at: float | None = None

    def stop(self, _consumer: Any) -> None:
        # It may fail several times before it has connected.
        self._lost_at = self._lost_at or _CLOCK.monotonic()

    def register_with_event_loop(self, consumer: Any, _hub: Any) -> None:
        """After the pool has, each time that the consumer has connected."""
        lost_at, self._lost_at = self._lost_at, None
        if lost_at is None or not isinstance(consumer.pool, prefork.TaskPool):
            return
        pool, now = consumer.pool._pool, _CLOCK.monotonic()  # noqa: SLF001
        for job in list(pool._cache.values()):  # noqa: SLF001
            began, soft, hard = job._time_accepted, job._soft_timeout, job._timeout  # noqa: SLF001
            if not began or job.ready():
                continue
            if soft and began + soft <= lost_at:
                # It has been told.
                soft = None
            left = [limit and max(began + limit - now, SOON) for limit in (soft, hard)]
            pool.on_timeout_set(job, *left)


class FollowCode(bootsteps.StartStopStep):
    """Part of a worker's consumer: looks each second, in the worker's own thread.

    A child that is busy ends its run with the code that it began with, and gives its place to one
    that is forked anew; so does an idle one, at once.
    """

    requires = (Tasks,)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self._timer: Any = None
        self._version = Version()
        #: Children that were forked before the code was read last.
        self._old: set[int] = set()

    def start(self, consumer: Any) -> None:
        """Each time that the consumer connects: what it has set on its timer goes in between."""
        self._timer = consumer.timer.call_repeatedly(LOOK, self._look, (consumer,))

    def stop(self, _consumer: Any) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    shutdown = stop

    def _look(self, consumer: Any) -> None:
        version = consumer.app.hookbeat.code.look()
        if version != self._version:
            self._version = version
            self._old = {child.pid for child in _children(consumer.pool)}
            for name in consumer.strategies.keys() - consumer.app.tasks.keys():
                del consumer.strategies[name]
            _take_new_queues(consumer)
            # With no modules: they are imported. It tells the others of the tasks and its children.
            consumer.controller.reload(modules=())
        self._old &= {child.pid for child in _children(consumer.pool)}
        if self._old:
            self._wake(consumer.pool)

    def _wake(self, pool: Any) -> None:
        """A child asks whether it is to end before it waits for work, and so not while it waits."""
        for child in _children(pool):
            if child.pid in self._old and not pool._pool._worker_active(child):  # noqa: SLF001
                pool.apply_async(noop)


def _take_new_queues(consumer: Any) -> None:
    """Of a worker that takes all there are; whoever names its queues means no others."""
    queues = consumer.app.amqp.queues
    if queues.consume_from is queues:
        for name in queues:
            if not consumer.task_consumer.consuming_from(name):
                consumer.add_task_queue(name)


def _children(pool: Any) -> list[Any]:
    """Processes of the pool; none where it has threads."""
    if isinstance(pool, prefork.TaskPool) and pool._pool:  # noqa: SLF001
        return list(pool._pool._pool)  # noqa: SLF001
    return []
