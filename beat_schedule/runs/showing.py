"""The thread by which a worker shows in Redis that it lives, and which queues it takes."""

import os
import socket
import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import redis
from celery import Celery, signals
from structlog.typing import FilteringBoundLogger

from beat_schedule import brokers
from beat_schedule.clock import Clock
from beat_schedule.settings import Settings
from beat_schedule.workers import EVERY, WorkerCard, Workers

from .forking import NOT_WHILE_FORKING
from .heart import requests_of_this_worker
from .worker_connection import whenever_connected

#: Seconds between two looks at what there is to say.
LOOK = 1.0

#: How long Redis may take to answer.
PATIENCE = timedelta(seconds=2)

#: Between two turns of the worker's own loop, in seconds: after `STILL` it stands still.
TURN = 1.0
STILL = 15.0

#: Its loop waits for each run.
SOLO = "solo"


class Showing:
    """Shows one worker until it is stopped; `card` says what there is to say of it.

    At once where it knows other `tasks` than it said. Once it has turned it is shown only for as
    long as it goes on turning: a thread may live on in a worker that does nothing any more.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        card: Callable[[float], WorkerCard],
        tasks: Callable[[], Collection[str]],
        *,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self._redis = brokers.client_of(settings, timeout=PATIENCE)
        self._workers = Workers(self._redis, settings.prefix)
        self._name = name
        self._card = card
        self._tasks = tasks
        self._said: Collection[str] = ()
        self._clock = clock
        self._log = log
        self._offset = 0.0
        self._turned_at: float | None = None
        self._is_away = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookbeat-showing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Leave the list; whoever cannot reach Redis is found silent."""
        self._stopped.set()
        self._thread.join(2 * PATIENCE.total_seconds())
        self._tried(lambda: self._workers.leave(self._name))
        self._redis.close()

    def turn(self) -> None:
        """Its own loop is called from time to time."""
        self._turned_at = self._clock.monotonic()

    def show(self) -> None:
        """Show it once; raises OSError while its loop stands still."""
        turned_at = self._turned_at
        if turned_at is not None and self._clock.monotonic() - turned_at > STILL:
            raise TimeoutError("the worker's loop stands still")
        asked_at = self._clock.now()
        self._said = self._tasks()
        now: datetime = self._workers.show(self._name, self._card(self._offset), self._said)
        middle = asked_at + (self._clock.now() - asked_at) / 2
        self._offset = round((middle - now).total_seconds(), 3)

    def _run(self) -> None:
        self._tried(self.show)
        # Only by the first answer is it known how the clocks stand to each other.
        self._tried(self.show)
        shown_at = self._clock.monotonic()
        while not self._stopped.wait(LOOK):
            if self._clock.monotonic() - shown_at >= EVERY or self._tasks() != self._said:
                shown_at = self._clock.monotonic()
                self._tried(self.show)

    def _tried(self, word: Callable[[], object]) -> None:
        try:
            word()
        except (redis.RedisError, OSError) as error:
            if not self._is_away:
                with NOT_WHILE_FORKING:
                    self._log.warning("worker.unseen", reason=brokers.words_of(error))
            self._is_away = True
        else:
            self._is_away = False


def show_workers(app: Celery, settings: Settings, clock: Clock, log: FilteringBoundLogger) -> None:
    """From now on, each worker of this app."""
    showing: list[Showing] = []
    turns: list[Any] = []

    def begin(consumer: Any) -> None:
        """It goes on turning while its pool ends what it has begun."""
        if not showing:
            card, tasks = _card_of(consumer), _tasks_of(app)
            made = Showing(settings, consumer.hostname, card, tasks, clock=clock, log=log)
            showing.append(made)
            made.start()
        while turns:
            turns.pop().cancel()
        if _pool_of(consumer) != SOLO:
            turns.append(consumer.timer.call_repeatedly(TURN, showing[0].turn))

    def end(**_: Any) -> None:
        while showing:
            showing.pop().stop()

    whenever_connected(app, begin)
    signals.worker_shutdown.connect(end, weak=False)


def _tasks_of(app: Celery) -> Callable[[], frozenset[str]]:
    def tasks() -> frozenset[str]:
        # Celery's own, as `celery.chord`, are known to everybody.
        return frozenset(name for name in list(app.tasks) if not name.startswith("celery."))

    return tasks


def _card_of(consumer: Any) -> Callable[[float], WorkerCard]:
    """What Celery's consumer of this process knows of its worker."""
    pool = consumer.pool

    def card(offset: float) -> WorkerCard:
        taking = consumer.task_consumer
        return WorkerCard(
            host=socket.gethostname(),
            pid=os.getpid(),
            version=version("hookbeat"),
            pool=_pool_of(consumer),
            slots=int(pool.num_processes or 0),
            busy=len(requests_of_this_worker()),
            # None while it looks for its broker.
            queues=tuple(sorted(queue.name for queue in taking.queues)) if taking else (),
            offset=offset,
        )

    return card


def _pool_of(consumer: Any) -> str:
    """As `celery worker -P` names it."""
    return type(consumer.pool).__module__.rpartition(".")[2]
