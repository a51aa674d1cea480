"""The thread that keeps the lease, or waits for it, and hears why the beat should look at once."""

import threading
from typing import Any

from beat_schedule import logs
from beat_schedule.clock import Clock

from .lease import Lease, of_clock
from .line import Line
from .trouble import Trouble
from .wake import Wake

#: Seconds until the next try after an error.
AGAIN = 0.5

#: Seconds for which a line is kept open that the lease is given back over.
LAST_WORD = 2.0

log = logs.logger("hookbeat.beat")


class Pulse(threading.Thread):
    """Beats the lease each second, whatever the passes are doing; on a connection of its own."""

    def __init__(
        self, line: Line, lease: Lease, clock: Clock, wake: Wake, *, entries: int | None
    ) -> None:
        super().__init__(name="hookbeat-pulse", daemon=True)
        #: None of what is no beat that stays.
        self._entries = entries
        self._line = line
        self._lease = lease
        self._clock = clock
        self._wake = wake
        self._stopped = threading.Event()
        self._released = threading.Event()
        self._has_started = False
        self._trouble = Trouble("lease")

    def run(self) -> None:
        listening: Any = None
        while not self._stopped.is_set():
            try:
                listening = listening or self._listening()
                led = self._lease.term
                self._lease.beat()
                if self._lease.term is not led:
                    self._wake.all()
                self._trouble.is_over()
                self._say_started()
                self._listen(listening, self._lease.rest())
            except Exception as error:  # noqa: BLE001 -- without it nobody would ever lead again
                self._trouble.note(error)
                listening = None
                self._line.drop()
                self._stopped.wait(AGAIN)
        # The word that it is free comes before the answer to whoever released it, over this line.
        self._released.wait(LAST_WORD)
        self._line.drop()

    def stop(self) -> None:
        """Hand the lease over and leave; raises redis-py's errors."""
        self._stopped.set()
        try:
            self._lease.release()
        finally:
            self._released.set()

    def _listening(self) -> Any:
        state = self._line.state
        self._lease.connect(state)
        listening = state.redis.pubsub(ignore_subscribe_messages=True)
        listening.subscribe(state.keys.wake)
        return listening

    def _listen(self, listening: Any, seconds: float) -> None:
        """Wait so long, or until the lease was let go."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0 and not self._stopped.is_set():
            message = listening.get_message(timeout=left)
            if message is None:
                continue
            why = message["data"].decode()
            if why == "released":
                return
            self._wake.entry(why.partition(" ")[2])

    def _say_started(self) -> None:
        if self._has_started or self._entries is None:
            return
        self._has_started = True
        if self._entries:
            of = of_clock(self._line.state.keys.group)
            log.info("beat.started", entries=self._entries, **of)
        else:
            # It looks as healthy as any, and does nothing.
            log.warning("beat.started", entries=0)
