"""The operator's half of the state: what people may see of it and do to it, without the lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Hold
from beat_schedule.keys import MAIN, Keys
from beat_schedule.policies import Policy

from .card import Card
from .defining import Defining
from .pushes import Push
from .values import Owing, hold_text, read_hold

#: A beat that has not shown itself for so long is gone; as in `watch.lua`.
LIFE = timedelta(seconds=10)

#: Where the queues begin among the keys of `now.lua`.
_FIRST_TARGET = 3


@dataclass(frozen=True, slots=True)
class SeenBeat:
    """A beat, as it showed itself last."""

    id: str
    at: datetime
    #: Hash of the entries that it declares.
    generation: str
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything that Redis knows of one clock of an installation, as of one moment."""

    clock: str = MAIN
    #: Redis's own time.
    now: datetime
    #: Beat that holds the lease, alive or not; empty while it is free.
    owner: str
    term: int
    #: Since when it holds it; None while nobody ever did.
    since: datetime | None
    #: Hash of the set of entries that is in force.
    generation: str
    beats: Sequence[SeenBeat]
    cursor: datetime | None
    owing: Mapping[str, Owing]
    holds: Sequence[Hold]
    #: Lines of the journal that the database does not have yet.
    journal: int

    @property
    def leader(self) -> SeenBeat | None:
        """The beat that leads; None while nobody does, or whoever did does not show itself."""
        return next((beat for beat in self.living if beat.id == self.owner), None)

    @property
    def living(self) -> Sequence[SeenBeat]:
        """Those that showed themselves lately."""
        return [beat for beat in self.beats if abs(self.now - beat.at) <= LIFE]

    @property
    def standbys(self) -> Sequence[SeenBeat]:
        """The others, those that went silent included."""
        leader = self.leader
        return [beat for beat in self.beats if beat != leader]

    @property
    def standing_by(self) -> Sequence[SeenBeat]:
        """Those that live, and could take the lead."""
        leader = self.leader
        return [beat for beat in self.living if beat != leader]

    @property
    def debt(self) -> timedelta | None:
        """How old the oldest due time may be that is not decided; None before the first pass."""
        if self.cursor is None:
            return None
        oldest = min([self.cursor, *(owing.due_at for owing in self.owing.values())])
        return max(self.now - oldest, timedelta(0))


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a run that was asked for by hand: neither is set when it was sent."""

    held: Hold | None = None
    #: The run of the same entry that waits or runs.
    overlap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody changed, such as a hold, and why; before and after as JSON can say it."""

    action: str
    target: str
    who: str
    why: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


class Operator(Defining):
    """What may be asked of Redis, and done to it, without leading; raises redis-py's errors."""

    def look_at_others(self) -> list[Sight]:
        """The same of each other clock of which a beat has shown itself within a day."""
        since = to_millis(self.now() - timedelta(days=1))
        shown = self.redis.hgetall(self.keys.clocks)
        recent = {clock.decode() for clock, at in shown.items() if int(at) >= since}
        return [self.look(clock) for clock in sorted(recent - {MAIN})]

    def look(self, clock: str = MAIN) -> Sight:
        """Everything at once, of one clock; what is held is the same for all."""
        keys = self._keys_of(clock)
        pipeline = self.redis.pipeline(transaction=True)
        pipeline.time()
        pipeline.hgetall(keys.lease)
        pipeline.hget(keys.generation, "current")
        pipeline.hgetall(keys.beats)
        pipeline.get(keys.cursor)
        pipeline.hgetall(keys.owing)
        pipeline.hgetall(keys.hold)
        pipeline.xlen(keys.journal)
        (seconds, micros), lease, generation, beats, cursor, owing, holds, lines = (
            pipeline.execute()
        )
        return Sight(
            clock=clock,
            now=datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros),
            owner=lease[b"owner"].decode() if lease.get(b"grant") else "",
            term=int(lease.get(b"term", 0)),
            since=from_millis(lease[b"since"]) if b"since" in lease else None,
            generation=(generation or b"").decode(),
            beats=sorted(_beats(beats), key=lambda beat: beat.id),
            cursor=from_millis(cursor) if cursor else None,
            owing={entry.decode(): Owing.read(text) for entry, text in sorted(owing.items())},
            holds=[read_hold(target.decode(), text) for target, text in sorted(holds.items())],
            journal=lines,
        )

    def now(self) -> datetime:
        """Redis's own time."""
        seconds, micros = self.redis.time()
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)

    def declared(self) -> set[str]:
        """The entries that the leaders stand for."""
        keys = [self._keys_of(clock).declared for clock in self.clocks()]
        return {entry.decode() for key in keys for entry in self.redis.hkeys(key)}

    def gone(self, entries: Sequence[str]) -> set[str]:
        """Those of these that no leader stands for any longer.

        None where no entry is known at all: then that says nothing.
        """
        pipeline = self.redis.pipeline(transaction=True)
        for clock in self.clocks():
            declared = self._keys_of(clock).declared
            pipeline.hlen(declared)
            pipeline.hmget(declared, entries)
        answers = pipeline.execute()
        if not any(answers[::2]):
            return set()
        of_each = zip(entries, *answers[1::2], strict=True)
        return {entry for entry, *marks in of_each if not any(map(_stands, marks))}

    def last(self, entry: str) -> datetime | None:
        """Up to where an entry is decided; None for one never seen."""
        stored = [self.redis.hget(self._keys_of(clock).last, entry) for clock in self.clocks()]
        return max((from_millis(each) for each in stored if each), default=None)

    def hold(self, hold: Hold) -> Hold:
        """Let it be held so from now on; returns it with the version that it was given."""
        said = [hold.target, hold_text(hold), hold.version]
        stands = self.run("hold", self.names_of_holds(), said)
        return read_hold(hold.target, stands)

    def note(self, change: Change) -> None:
        """Let it be on record; here is no record."""

    def send(
        self, entry: str, run: str, policy: Policy, pushes: Sequence[Push], *, force: bool
    ) -> Asked:
        """Send a run that somebody asked for, unless the entry is held or busy."""
        targets = sorted({push.key for push in pushes})
        args: list[Any] = [entry, run, policy.overlap.value, "force" if force else ""]
        args.append(int(policy.even_in_maintenance))
        for push in pushes:
            args += [push.command, targets.index(push.key) + _FIRST_TARGET, push.payload]
        word, *more = self.run("now", [self.keys.hold, self.keys.active, *targets], args)
        match word:
            case b"held":
                return Asked(held=read_hold(more[0].decode(), more[1]))
            case b"overlap":
                return Asked(overlap=more[0].decode())
            case _:
                return Asked()

    def holder(self, entry: str) -> str:
        """The run of the entry that keeps `send` from sending another; empty where none does."""
        found = self.run("holder", [self.keys.active], [entry])
        return found.decode() if found else ""

    def reset(self, cursor: datetime) -> int:
        """Set the cursors back, and at most there every entry; how many entries moved."""
        moved = 0
        for keys in map(self._keys_of, self.clocks()):
            names = [keys.lease, keys.cursor, keys.last, keys.owing, keys.declared, keys.wake]
            moved += int(self.run("reset", names, [to_millis(cursor)]))
        return moved

    def _keys_of(self, clock: str) -> Keys:
        return Keys(self.keys.prefix, clock)


def _stands(mark: bytes | None) -> bool:
    """Whether that is the mark in `declared` of an entry that is not retired."""
    return mark is not None and not mark.startswith(b"-|")


def _beats(found: Mapping[bytes, bytes]) -> list[SeenBeat]:
    seen = []
    for beat, text in found.items():
        at, generation, card = text.decode().split("|", 2)
        seen.append(SeenBeat(beat.decode(), from_millis(at), generation, Card.read(card)))
    return seen
