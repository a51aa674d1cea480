"""Several beats in one process, one for each clock, stepped in turn by one thread."""

import threading
from collections.abc import Callable, Sequence

from .beat import Beat
from .errors import WentBackError
from .trouble import Trouble

#: Seconds until the next try after a pass that could not be made.
RETRY_AFTER = 1.0


class Beats:
    """What goes wrong with one of them keeps no other from its pass."""

    def __init__(self, beats: Sequence[Beat], woken: threading.Event) -> None:
        self._members = [_Member(beat) for beat in beats]
        self._woken = woken

    def start(self) -> None:
        """Raises what a beat raises that cannot start; then none of them goes on."""
        try:
            for each in self._members:
                each.beat.start()
        except Exception:
            # One of their threads may run, and would lead without a pass ever being made.
            self.stop()
            raise

    def step(self) -> float:
        """A pass of each that leads; the seconds to wait. Never raises."""
        return min(each.step() for each in self._members)

    def wait(self, seconds: float) -> None:
        """Until something is to do for one of them, and no longer than that."""
        self._woken.wait(seconds)
        self._woken.clear()

    def stop(self) -> None:
        """Hand over at once, all of them together."""
        _together([each.beat.stop for each in self._members])

    def drop(self) -> None:
        """Give back their connections."""
        for each in self._members:
            each.beat.drop()


class _Member:
    """One beat, and what keeps it from its passes."""

    def __init__(self, beat: Beat) -> None:
        self.beat = beat
        self._trouble = Trouble("passes")

    def step(self) -> float:
        try:
            rest = self.beat.step()
        except Exception as error:  # noqa: BLE001 -- Celery ends with it
            self._trouble.note(error)
            self.beat.drop()
            return 0.0 if isinstance(error, WentBackError) else RETRY_AFTER
        if self.beat.leads:
            self._trouble.is_over()
        return rest


def _together(calls: Sequence[Callable[[], None]]) -> None:
    """Each in a thread of its own: one that waits for Redis must not keep the others waiting."""
    threads = [threading.Thread(target=call) for call in calls[1:]]
    for thread in threads:
        thread.start()
    for call in calls[:1]:
        call()
    for thread in threads:
        thread.join()
