"""A worker that follows its code: other tasks are known at once, and new children have them."""

from typing import Any

from celery import bootsteps
from celery.concurrency import prefork
from celery.utils.functional import noop
from celery.worker.consumer.tasks import Tasks

from .code import LOOK, Version


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
