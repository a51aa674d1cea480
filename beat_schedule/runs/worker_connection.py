"""A worker that loses its connection to the broker: what Celery forgets then is made good."""

from collections.abc import Callable
from typing import Any

from celery import Celery, bootsteps
from celery.concurrency import prefork
from celery.worker.consumer.tasks import Tasks

from beat_schedule.clock import SystemClock

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
