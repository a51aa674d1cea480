"""What workers tell the beats: which run of an entry is under way.

A token is advice that saves messages: it keeps a beat from sending what the gate would refuse. A
worker touches only its own run's.
"""

import uuid
from collections.abc import Callable, Iterable

import redis

from beat_schedule.keys import MAIN, Keys
from beat_schedule.scripts import Script


class Tokens:
    """The tokens of one installation; raises redis-py's errors.

    Every call may be repeated when its reply was lost. `prelude` stands in for the scripts' own;
    `clock_of` says whose beats are to hear that a run of an entry is over.
    """

    def __init__(
        self,
        client: redis.Redis,
        prefix: str,
        prelude: str | None = None,
        clock_of: Callable[[str], str] = lambda _entry: MAIN,
    ) -> None:
        self._keys = Keys(prefix)
        self._clock_of = clock_of
        self._start = Script(client, "start", prelude)
        self._pulse = Script(client, "pulse", prelude)
        self._wait = Script(client, "wait", prelude)
        self._end = Script(client, "end", prelude)

    def start(self, entry: str, run: uuid.UUID) -> bool:
        """Take the entry's token for as long as one lives; False while another run has it."""
        return bool(self._start(keys=[self._keys.active], args=[entry, str(run)]))

    def pulse(self, runs: Iterable[tuple[str, uuid.UUID]]) -> int:
        """Hold these for as long again, pairs of entry and run; how many have their token."""
        pairs = [word for entry, run in runs for word in (entry, str(run))]
        return int(self._pulse(keys=[self._keys.active], args=pairs))

    def wait(self, entry: str, run: uuid.UUID) -> bool:
        """Keep the token for the run's next attempt, however late; False if it is gone."""
        return bool(self._wait(keys=[self._keys.active], args=[entry, str(run)]))

    def end(self, entry: str, run: uuid.UUID) -> bool:
        """Give the token back, and wake the beats if they owe the entry; False if it was gone."""
        of_clock = Keys(self._keys.prefix, self._clock_of(entry))
        keys = [self._keys.active, of_clock.owing, of_clock.wake]
        return bool(self._end(keys=keys, args=[entry, str(run)]))
