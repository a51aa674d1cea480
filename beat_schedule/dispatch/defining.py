"""What operators say of entries, as Redis has it: the copy that counts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.keys import MAIN, Keys

from .scripted import Scripted

#: In `declared` of an entry that was made at run time, until a leader has taken it up.
ANNOUNCED = b"+|"

#: In one call: few enough not to hold Redis up.
AT_ONCE = 1000


class Defining(Scripted):
    """Whoever may say it and whoever follows it; raises redis-py's errors."""

    def define(self, definitions: Sequence[Definition], known: int | None = None) -> bool:
        """Write down what is newer than what is here.

        Who brings all that the record says since version `known`, in its order, is told False where
        not everything up to there is here.
        """
        keys = self.keys
        # Of no clock is an entry that no code declares.
        main = Keys(keys.prefix)
        names = [keys.defined, keys.defined_at, keys.defined_upto, keys.taken_back]
        names += [main.last, main.declared, main.owing, main.cursor, *self.names_of_holds()]
        upto = "" if known is None else definitions[-1].version
        said = [word for each in definitions for word in _written(each)]
        return int(self.run("define", names, [known or 0, upto, *said])) >= 0

    def clocks(self) -> list[str]:
        """Every clock of which a beat has shown itself, the common one first."""
        known = {clock.decode() for clock in self.redis.hkeys(self.keys.clocks)}
        return [MAIN, *sorted(known - {MAIN})]

    def names_of_holds(self) -> list[str]:
        """The keys by which every clock hears of a hold."""
        clocks = [Keys(self.keys.prefix, clock) for clock in self.clocks()]
        return [key for each in clocks for key in (each.hold, each.journal, each.wake, each.lease)]

    def defined_upto(self) -> int:
        """Everything that the record says up to this version is here."""
        return int(self.redis.get(self.keys.defined_upto) or 0)

    def defined(self, key: str) -> Definition | None:
        stored = self.redis.hget(self.keys.defined, key)
        return read_definition(key, stored) if stored else None

    def every_definition(self) -> Iterator[Definition]:
        """All there are, also those that were taken back; in portions and in no order."""
        for key, text in self.redis.hscan_iter(self.keys.defined, count=AT_ONCE):
            yield read_definition(key.decode(), text)

    def defined_since(self, place: float) -> tuple[float, Iterable[Definition]]:
        """What was changed after that place in their order, and the last place of them."""
        keys = self.keys
        changed = self.redis.zrangebyscore(keys.defined_at, f"({place}", "+inf", withscores=True)
        if not changed:
            return place, ()
        return changed[-1][1], self._of([key for key, _ in changed])

    def last_definition(self) -> float:
        """The place of what was changed last."""
        newest = self.redis.zrange(self.keys.defined_at, 0, 0, desc=True, withscores=True)
        return float(newest[0][1]) if newest else 0.0

    def announced(self) -> dict[str, datetime]:
        """Entries made at run time that no leader has taken up, and since when each is due."""
        main = Keys(self.keys.prefix)
        marks = self.redis.hgetall(main.declared)
        keys = [key for key, mark in marks.items() if mark == ANNOUNCED]
        lasts = self.redis.hmget(main.last, keys) if keys else []
        return {key.decode(): from_millis(at) for key, at in zip(keys, lasts, strict=True) if at}

    def _of(self, keys: Sequence[bytes]) -> Iterator[Definition]:
        for start in range(0, len(keys), AT_ONCE):
            chunk = keys[start : start + AT_ONCE]
            texts = self.redis.hmget(self.keys.defined, chunk)
            for key, text in zip(chunk, texts, strict=True):
                if text:
                    yield read_definition(key.decode(), text)


def _written(each: Definition) -> tuple[Any, ...]:
    text = "" if each.options is None else json.dumps(each.options, separators=(",", ":"))
    return each.key, each.version, to_millis(each.at), each.kind.value, text


def read_definition(key: str, text: bytes) -> Definition:
    """As `define` writes it."""
    version, at, kind, options = text.decode().split("|", 3)
    return Definition(
        key=key,
        kind=EntryKind(kind),
        options=json.loads(options) if options else None,
        version=int(version),
        at=from_millis(at),
    )
