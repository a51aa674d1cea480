"""The signs of life of the runs that a worker has in hand, given by its parent process.

A child that is busy for an hour gives none, and need not: whoever carries runs out in children
lives beside them. In the thread pool a run that never lets go of the interpreter silences all.
"""

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any, TypeAlias

from celery.worker import state
from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.store.engine import Sessions
from beat_schedule.store.runs import Opening
from beat_schedule.store.signs import sign_of_life

#: Between two signs; a run is given up after three that did not come.
EVERY = timedelta(seconds=5)

#: For how long whoever stops it waits for a sign that is being given, in seconds: a database
#: that never answers must not keep the worker from ending.
LAST_SIGN = 5.0

#: Within one sign, between two tries where the database is locked.
PAUSE = timedelta(milliseconds=200)

#: A run and the token of its attempt.
Owned: TypeAlias = tuple[uuid.UUID, uuid.UUID]


class Heart:
    """A thread that beats for whatever `in_hand` names, while it names anything."""

    def __init__(
        self,
        sessions: Sessions,
        in_hand: Callable[[], Iterable[Owned]],
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        every: timedelta = EVERY,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._sessions = sessions
        self._in_hand = in_hand
        self._clock = clock
        self._log = log
        self._every = every
        self._lock = lock or nullcontext()
        self._is_away = False
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_beating(self) -> bool:
        return self._thread is not None and not self._stopped.is_set()

    def start(self) -> None:
        """Anew where it was stopped before."""
        if self._thread is None:
            # Its own: one that outlived its stop must not be called back by the next start.
            self._stopped = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._stopped,), name="hookbeat-heart", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join(LAST_SIGN)
            self._thread = None

    def beat(self) -> None:
        """One sign for all; tried again for a while where the database is locked."""
        owned = list(self._in_hand())
        if not owned:
            return
        until = self._clock.monotonic() + self._every.total_seconds() / 2
        while error := self._tried(owned):
            if self._clock.monotonic() > until:
                self._complain(error)
                return
            self._clock.sleep(PAUSE.total_seconds())
        self._is_away = False

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(self._every.total_seconds()):
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001 -- all would be taken over
                self._complain(error)

    def _tried(self, owned: list[Owned]) -> SQLAlchemyError | None:
        try:
            with self._lock, self._sessions.begin() as session:
                sign_of_life(session, owned)
        except SQLAlchemyError as error:
            return error
        return None

    def _complain(self, error: Exception) -> None:
        if not self._is_away:
            with self._lock:
                self._log.warning("heart.unheard", reason=str(getattr(error, "orig", error)))
        self._is_away = True


def requests_of_this_worker() -> list[Any]:
    """What Celery's worker in this process has under way; may be asked by any thread."""
    while True:
        # Celery's own thread may add to them while we walk through.
        with suppress(RuntimeError):
            return list(state.active_requests)


def in_hand_of_this_worker() -> Iterator[Owned]:
    """The runs that Celery's worker in this process has under way."""
    for request in requests_of_this_worker():
        # One that cannot be read has not started either, and must not silence the others.
        with suppress(Exception):
            if owned := getattr(request, "hookbeat_owned", None):
                yield owned


@contextmanager
def beating_for(heart: Heart) -> Iterator[None]:
    """Signs of life meanwhile."""
    heart.start()
    try:
        yield
    finally:
        heart.stop()


def owned(opening: Opening) -> Owned:
    return opening.run_id, opening.token
