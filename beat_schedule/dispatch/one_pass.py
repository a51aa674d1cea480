"""One pass without a beat that stays: what `hookbeat run-due` makes.

It is the beat's own: somebody leads for as long as a pass takes, and gives the lease back. Beside a
beat, or another pass, it does not even show itself: what it declares must not come into force.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import Celery

from beat_schedule.clock import Clock
from beat_schedule.decisions import Decided
from beat_schedule.keys import MAIN

from .always import Always
from .beat import Beat
from .definitions import Maker
from .errand import Errand, Here, Job
from .errors import DoubtError, NotLeaderError
from .line import Line
from .operator import LIFE, Operator, SeenBeat, Sight
from .passes import AGAIN
from .periodic import PeriodicEntry
from .record import Record
from .values import Owing
from .watch import Watch

#: Seconds until the lease of whoever died with it is ours: its patience, and room.
LONGEST_WAIT = 10.0

#: Seconds from the beginning to what is due at each pass: an entry that is seen for the first time
#: starts meanwhile, and only what is due later than that.
HEAD_START = 1.0

#: Seconds between two looks meanwhile, and how long after it the last one is.
LOOK = 0.1

#: Passes in a row while more is due: each decides a portion of what an entry owes.
MOST_PORTIONS = 1000

#: Why something is owed for a moment although nothing is wrong; some of these the scripts say.
_TURNS = {why for _, why in AGAIN.values()} | {"it was just made", "its spread was shortened"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a pass."""

    clock: str
    #: By Redis's time, when it began.
    at: datetime
    #: Who was there already: then nothing else was done.
    in_the_way: SeenBeat | None = None
    decided: Sequence[Decided] = ()
    #: By entry, what is still to be decided.
    owing: Mapping[str, Owing]
    #: What is to be carried out now by whoever made the pass.
    jobs: Sequence[Job] = ()

    @property
    def troubles(self) -> Mapping[str, Owing]:
        """What is owed because something is wrong, and not because it waits its turn."""
        return {key: owing for key, owing in self.owing.items() if owing.why not in _TURNS}


class OnePass:
    """A pass over the entries of a clock, or over `only` some; `always` names those due at each.

    `others` are keys that are decided elsewhere. `by` says for whom it is made. With `here` nothing
    goes to the queues. `unread` says why more may be declared. `make` makes entries of what
    operators say; `watch` is what a leader does for people.
    """

    def __init__(
        self,
        app: Celery,
        entries: Mapping[str, PeriodicEntry],
        record: Record,
        clock: Clock,
        *,
        by: str,
        group: str = MAIN,
        others: Collection[str] = (),
        always: Collection[str] = (),
        only: Collection[str] | None = None,
        here: Here | None = None,
        make: Maker | None = None,
        watch: Watch | None = None,
        unread: str = "",
    ) -> None:
        self._app = app
        self._group = group
        self._others = others
        self._make = make
        self._watch = watch
        self._unread = unread
        self._entries = entries
        self._record = record
        self._clock = clock
        self._always = set(always) & (set(always) if only is None else set(only))
        self._here = here
        self._decided: list[Decided] = []
        self._errand = Errand(by=by, only=only, here=here, told=self._decided.extend)

    def make(self) -> Made:
        """Make it, unless somebody is in the way.

        Raises BrokerError, RecordAwayError, DoubtError, and the errors of kombu and redis-py:
        what was due then still is.
        """
        line = Line(self._app)
        try:
            operator = Operator(line.publisher.redis, line.publisher.prefix)
            before = operator.look(self._group)
            if other := _in_the_way(before):
                return Made(clock=self._group, at=before.now, in_the_way=other, owing=before.owing)
            return self._made(operator, before.now)
        finally:
            line.drop()

    def _made(self, operator: Operator, at: datetime) -> Made:
        always = Always(self._entries, self._always, at + timedelta(seconds=HEAD_START))
        beat = Beat(
            self._app,
            always.among(self._entries),
            self._record,
            self._clock,
            self._watch,
            errand=self._errand,
            make=always.made_by(self._make),
            group=self._group,
            others=self._others,
            unread=self._unread,
        )
        beat.start()
        try:
            if other := self._other_than(beat, operator):
                return Made(clock=self._group, at=at, in_the_way=other, owing={})
            beat.keep()
            term = beat.term
        finally:
            beat.stop()
            beat.drop()
        decided = [each for each in self._decided if term and each.term == term.term]
        return Made(
            clock=self._group,
            at=at,
            decided=decided,
            owing=operator.look(self._group).owing,
            jobs=self._here.jobs(decided) if self._here else (),
        )

    def _other_than(self, beat: Beat, operator: Operator) -> SeenBeat | None:
        """Lead, and decide all that is due; or say who does."""
        began = self._clock.monotonic()
        rest = beat.step()
        while not beat.leads:
            if other := _in_the_way(operator.look(self._group), beat.id):
                return other
            if self._clock.monotonic() - began > LONGEST_WAIT:
                raise DoubtError(beat.why_not())
            beat.wait(rest)
            rest = beat.step()
        for _ in range(MOST_PORTIONS):
            is_early = self._always and self._clock.monotonic() - began <= HEAD_START + LOOK
            if rest > 0 and not is_early:
                break
            beat.wait(min(rest, LOOK))
            rest = beat.step()
        if not beat.leads:
            raise NotLeaderError("the lease was lost meanwhile")
        return None


def _in_the_way(sight: Sight, own: str = "") -> SeenBeat | None:
    """A beat that lives, or whoever makes a pass: the owner of the lease."""
    for other in sight.beats:
        lives = other.id != own and abs(sight.now - other.at) <= LIFE
        if lives and (not other.card.by or other.id == sight.owner):
            return other
    return None
