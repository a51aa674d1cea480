"""Telling the beats which runs are under way: advice, and no run is harmed when it fails."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import redis
from structlog.typing import FilteringBoundLogger

from beat_schedule import brokers
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings
from beat_schedule.store.runs import Opening
from beat_schedule.tokens import Tokens

#: Between two signs of life: a token outlives two that do not come through.
EVERY = timedelta(seconds=5)

#: How long Redis may take to answer: a run waits for it when it begins and when it ends.
PATIENCE = timedelta(milliseconds=500)


class Token:
    """What one run says to the beats: nothing, as nobody asks whether it is under way."""

    def start(self) -> None:
        """The run is under way, until it says otherwise."""

    def wait(self) -> None:
        """It is not over, but under way here no more."""

    def end(self) -> None:
        """It is over."""


#: Of a run that keeps no other from being sent.
SILENT = Token()


class UnderWay:
    """The runs that this process carries out, and the thread that renews their tokens.

    Belongs to one process: build another after a fork.
    """

    def __init__(
        self,
        settings: Settings,
        log: FilteringBoundLogger,
        every: timedelta = EVERY,
        clock_of: Callable[[str], str] = lambda _entry: MAIN,
    ) -> None:
        self._redis = brokers.client_of(settings, timeout=PATIENCE)
        self._tokens = Tokens(self._redis, settings.prefix, clock_of=clock_of)
        self._log = log
        self._every = every.total_seconds()
        self._runs: dict[uuid.UUID, str] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_away = False

    def token(self, opening: Opening) -> Token:
        return _Told(self, opening.entry, opening.run_id)

    def start(self, entry: str, run: uuid.UUID) -> None:
        """Take the entry's token and renew it from now on."""
        self._runs[run] = entry
        self._say(partial(self._tokens.start, entry, run))
        self._keep_renewing()

    def wait(self, entry: str, run: uuid.UUID) -> None:
        """Keep the token for the run's next attempt, and renew it no more."""
        self._runs.pop(run, None)
        self._say(partial(self._tokens.wait, entry, run))

    def end(self, entry: str, run: uuid.UUID) -> None:
        """Give the token back."""
        self._runs.pop(run, None)
        self._say(partial(self._tokens.end, entry, run))

    def close(self) -> None:
        """Renew nothing any more, and give the connections back."""
        self._closed.set()
        if self._thread:
            self._thread.join()
        self._redis.close()

    def _keep_renewing(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._renew, name="hookbeat-under-way", daemon=True
                )
                self._thread.start()

    def _renew(self) -> None:
        while not self._closed.wait(self._every):
            runs = [(entry, run) for run, entry in self._runs.copy().items()]
            if runs:
                self._say(partial(self._tokens.pulse, runs))

    def _say(self, word: Callable[[], object]) -> None:
        try:
            word()
        except (redis.RedisError, OSError) as error:
            if not self._is_away:
                reason = f"{type(error).__name__}: {brokers.words_of(error)}"
                self._log.warning("token.untold", reason=reason)
            self._is_away = True
        else:
            self._is_away = False


@dataclass(frozen=True, slots=True)
class _Told(Token):
    """The token of a run that the beats wait for, or do not want to run beside another."""

    under_way: UnderWay
    entry: str
    run: uuid.UUID

    def start(self) -> None:
        self.under_way.start(self.entry, self.run)

    def wait(self) -> None:
        self.under_way.wait(self.entry, self.run)

    def end(self) -> None:
        self.under_way.end(self.entry, self.run)
