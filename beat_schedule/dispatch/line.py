"""A connection to Redis of one thread: what builds messages, and what calls the scripts."""

from contextlib import suppress
from datetime import timedelta

from celery import Celery

from beat_schedule.keys import MAIN

from .messages import Publisher
from .state import State

#: A Redis that is silent for longer is away.
PATIENCE = timedelta(seconds=5)


class Line:
    """Connects when it is first asked for, and anew after it was dropped."""

    def __init__(
        self,
        app: Celery,
        timeout: timedelta = PATIENCE,
        prelude: str | None = None,
        group: str = MAIN,
    ) -> None:
        self._app = app
        self._group = group
        self._timeout = timeout.total_seconds()
        self._prelude = prelude
        self._publisher: Publisher | None = None
        self._state: State | None = None

    @property
    def publisher(self) -> Publisher:
        """Raises BrokerError, and the errors of kombu and redis-py."""
        if self._publisher is None:
            self._publisher = Publisher(self._app, {"socket_timeout": self._timeout})
        return self._publisher

    @property
    def state(self) -> State:
        if self._state is None:
            publisher = self.publisher
            self._state = State(publisher.redis, publisher.prefix, self._prelude, self._group)
        return self._state

    def drop(self) -> None:
        """Give the connection back; it may be as broken as the reason for which we leave it."""
        publisher, self._publisher, self._state = self._publisher, None, None
        if publisher:
            with suppress(Exception):
                publisher.close()
