"""A thread that does something again and again while its beat leads."""

import threading
from collections.abc import Callable

from beat_schedule.clock import Clock

from .errors import DoubtError
from .lease import Lease
from .trouble import Trouble

#: Seconds between two looks at whether the beat leads.
LOOK = 1.0


class Duty(threading.Thread):
    """`do` is called for the first time `after` seconds of leading, and then every so many.

    In a thread of its own, because it may wait for somebody who does not answer. `anew` is called
    at the beginning of each term.
    """

    def __init__(
        self,
        part: str,
        lease: Lease,
        clock: Clock,
        do: Callable[[], object],
        *,
        every: float,
        after: float = 0.0,
        anew: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(name=f"hookbeat-{part}", daemon=True)
        self._lease = lease
        self._clock = clock
        self._do = do
        self._every = every
        self._after = after
        self._anew = anew
        self._stopped = threading.Event()
        self._trouble = Trouble(part)
        #: Of the term in which it was done last, or is to be done first.
        self._grant = ""
        self._next_at = 0.0

    def run(self) -> None:
        while not self._stopped.wait(LOOK):
            self.step()

    def step(self) -> None:
        """Do it if it is time."""
        term = self._lease.term
        if term is None:
            return
        try:
            self._step(term.grant)
        except DoubtError:
            # The passes say so.
            return
        except Exception as error:  # noqa: BLE001 -- it must go on
            self._trouble.note(error)

    def once(self) -> None:
        """Do it now, in the caller's thread; what goes wrong is logged."""
        try:
            self._anew()
            self._do()
        except DoubtError:
            # The passes say so.
            return
        except Exception as error:  # noqa: BLE001 -- it is nothing that is asked for
            self._trouble.note(error)

    def stop(self) -> None:
        self._stopped.set()

    def _step(self, grant: str) -> None:
        now = self._clock.monotonic()
        if grant != self._grant:
            self._grant, self._next_at = grant, now + self._after
            self._anew()
        if now < self._next_at:
            return
        self._next_at = now + self._every
        self._do()
        self._trouble.is_over()
