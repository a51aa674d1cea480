"""Who leads: a lease without an end, renewed each second, taken by whoever sees it stand still."""

import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

from beat_schedule import logs
from beat_schedule.clock import Clock
from beat_schedule.keys import MAIN

from .state import State
from .values import Taken, Watched
from .witness import Witness

#: Seconds between two renewals of the leader, and between two looks of a standby.
RENEWAL = 1.0
LOOK = 0.5

#: A lease that was not renewed for so long, on the watcher's own monotonic clock, is free.
PATIENCE = 5.0

#: So long after it began to renew a leader trusts its lease: less than others' patience.
TRUST = 4.0

log = logs.logger("hookbeat.beat")


#: What a beat that is asked to stop waits for its own other thread, which may hang with Redis.
LAST_TURN = 2.0

Say = Callable[[], None]


def _fit() -> str:
    return ""


def of_clock(group: str) -> Mapping[str, str]:
    """What a line of the log adds where it is of another clock than the common one."""
    return {} if group == MAIN else {"clock": group}


class Lease:
    """One beat's part in the election; `beat` is called again and again, from one thread.

    `unfit` says why this beat should not lead now, and nothing while it may; neither does one lead
    that is in doubt of the time.
    """

    def __init__(
        self,
        clock: Clock,
        witness: Witness,
        *,
        beat: str,
        generation: str,
        card: Callable[[], Mapping[str, Any]],
        unfit: Callable[[], str] = _fit,
        is_whole: bool = True,
        group: str = MAIN,
    ) -> None:
        self._clock = clock
        self._witness = witness
        self._id = beat
        self._generation = generation
        self._card = card
        self._unfit = unfit
        #: Else another set comes before ours.
        self._is_whole = is_whole
        #: Of which lease it is said, where that is not the common one.
        self._of = of_clock(group)
        self._taken: Taken | None = None
        self._trusted_until = 0.0
        #: Drawn before it is first asked for: after a lost reply the same is asked for again.
        self._grant = secrets.token_hex(16)
        #: The lease as it was seen first like this, and when.
        self._seen: tuple[tuple[str, str], float] = (("", ""), 0.0)
        self._state: State | None = None
        self._left = False
        # Whoever leaves must not take the lease again in the middle of it.
        self._turn = threading.RLock()

    def connect(self, state: State) -> None:
        """Speak over this connection from now on."""
        self._state = state

    @property
    def term(self) -> Taken | None:
        """Our term; None while we do not lead, or cannot know whether we still do."""
        taken = self._taken
        return taken if taken and self._clock.monotonic() < self._trusted_until else None

    def beat(self) -> None:
        """Renew the lease, or look whether it is free; raises redis-py's errors."""
        with self._turn:
            say = self._beat(self._state) if self._state and not self._left else None
        # Afterwards: whoever wants the turn may hold the lock of the log.
        if say:
            say()

    def rest(self) -> float:
        """Seconds until `beat` is to be called again."""
        if self._taken:
            return RENEWAL
        _, since = self._seen
        left = since + PATIENCE - self._clock.monotonic()
        return min(LOOK, max(left, 0.0)) if self._seen[0][0] else LOOK

    def release(self) -> None:
        """Hand over at once, and leave; raises redis-py's errors."""
        has_turn = self._turn.acquire(timeout=LAST_TURN)
        try:
            taken, self._taken, self._left = self._taken, None, True
            is_ours = self._state and self._state.release(taken.grant if taken else "", self._id)
        finally:
            if has_turn:
                self._turn.release()
        if is_ours:
            log.info("lease.released", **self._of)

    def step_down(self, reason: str) -> None:
        """Let the lease go, and try for it again: whoever leads next begins anew."""
        with self._turn:
            say = self._yield(self._state, reason) if self._state and self._taken else None
        if say:
            say()

    def _beat(self, state: State) -> Say | None:
        asked_at = self._clock.monotonic()
        grant = self._taken.grant if self._taken else ""
        card, is_whole = self._card(), self._is_whole
        watched = state.watch(self._id, self._generation, card, grant, is_whole=is_whole)
        heard_at = self._clock.monotonic()
        if self._taken and watched.grant != grant:
            self._taken = None
            self._witness.hear(watched.now, asked_at, heard_at)
            return lambda: log.error("lease.lost", to=watched.owner, **self._of)
        if self._taken:
            self._trusted_until = asked_at + TRUST
        self._witness.hear(watched.now, asked_at, heard_at)
        return self._keep(state, watched) if self._taken else self._look(state, watched, heard_at)

    def _keep(self, state: State, watched: Watched) -> Say | None:
        """Go on leading, unless another should."""
        if watched.generation != self._generation:
            return self._yield(state, "another set of entries is in force")
        reason = self._witness.doubt or self._unfit()
        return self._yield(state, reason) if reason else None

    def _look(self, state: State, watched: Watched, at: float) -> Say | None:
        pair = (watched.grant, watched.renewals)
        if pair != self._seen[0]:
            self._seen = (pair, at)
        # Our own, when only the reply to `take` was lost.
        is_free = watched.grant in {"", self._grant} or at - self._seen[1] >= PATIENCE
        may_lead = watched.generation == self._generation and not (
            self._witness.doubt or self._unfit()
        )
        return self._take(state, watched) if is_free and may_lead else None

    def _take(self, state: State, watched: Watched) -> Say | None:
        asked_at = self._clock.monotonic()
        taken = state.take(self._id, self._generation, watched, self._grant)
        if taken is None:
            return None
        self._taken, self._grant = taken, secrets.token_hex(16)
        self._trusted_until = asked_at + TRUST
        return lambda: log.info("lease.taken", term=taken.term, after=watched.owner, **self._of)

    def _yield(self, state: State, reason: str) -> Say:
        taken, self._taken = self._taken, None
        if taken:
            state.release(taken.grant, "")
        return lambda: log.warning("lease.yielded", reason=reason, **self._of)
