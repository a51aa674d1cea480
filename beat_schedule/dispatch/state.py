"""The beat's state in Redis: who leads, the cursor, how far each entry is decided, the journal.

Exactly one method calls each script; nobody else sees KEYS and ARGV.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Hold

from .chained import Chained
from .defining import Defining
from .pushes import Push
from .values import (
    Answer,
    Candidate,
    Declared,
    Item,
    Owing,
    Read,
    Standing,
    Taken,
    Watched,
    Word,
    decided,
    hold_text,
    owed,
    read_hold,
)

#: Items in one call of `decide`: long enough to be fast, short enough not to hold Redis up.
CHUNK = 250

#: Entries in one call of the other scripts.
ENTRIES = 1000

#: Lines in the journal beyond which nothing is decided until the database has taken some.
JOURNAL_BOUND = 500_000

#: Where the queues begin among the keys of `decide.lua`, and among those of `resend.lua`.
_FIRST_TARGET = 6
_FIRST_TARGET_AGAIN = 3


class State(Chained, Defining):
    """The leader's own half: what the lease fences. After an error take another one."""

    def watch(
        self,
        beat: str,
        generation: str,
        card: Mapping[str, Any],
        grant: str = "",
        *,
        is_whole: bool = True,
    ) -> Watched:
        """Show that this beat lives, and keep the lease if `grant` is still its own."""
        keys = [self.keys.lease, self.keys.generation, self.keys.beats, self.keys.clocks]
        args = [beat, generation, json.dumps(card), grant, self.keys.group, int(is_whole)]
        now, held, renewals, owner, term, since, current = (
            word.decode() for word in self.run("watch", keys, args)
        )
        return Watched(
            from_millis(now), held, renewals, owner, int(term), from_millis(since), current
        )

    def take(self, beat: str, generation: str, seen: Watched, grant: str) -> Taken | None:
        """Take the lease, unless somebody was seen to renew it."""
        keys = [self.keys.lease, self.keys.generation]
        won, *answer = self.run("take", keys, [beat, generation, seen.grant, seen.renewals, grant])
        return Taken(grant, int(answer[0]), from_millis(answer[1])) if won else None

    def release(self, grant: str, beat: str) -> bool:
        """Let the lease go and leave the list of beats; True if the lease was ours."""
        keys = [self.keys.lease, self.keys.beats, self.keys.wake]
        return bool(self.run("release", keys, [grant, beat]))

    def adopt(self, grant: str, entries: Sequence[Declared]) -> dict[str, Standing]:
        """How far each entry is decided, as it is declared now."""
        keys = self.keys
        found: dict[str, Standing] = {}
        names = [keys.lease, keys.cursor, keys.last, keys.owing, keys.declared, keys.journal]
        names.append(keys.hold)
        for chunk in _chunks(entries):
            args = [
                word
                for each in chunk
                for word in (
                    each.entry,
                    _span(each.spread),
                    each.fingerprint,
                    len(each.formerly),
                    *each.formerly,
                )
            ]
            answers = self._step("adopt", names, grant, args)
            for each, last, owes in zip(chunk, answers[::2], answers[1::2], strict=True):
                found[each.entry] = Standing(from_millis(last), owes=bool(owes))
        return found

    def retire(self, grant: str, entries: Iterable[str]) -> None:
        """Forget what is declared no longer, given all that is."""
        known = {entry.decode() for entry in self.redis.hkeys(self.keys.declared)}
        self.drop(grant, sorted(known - set(entries)))

    def drop(self, grant: str, entries: Sequence[str]) -> None:
        """Forget these, which are declared no longer."""
        keys = self.keys
        names = [keys.lease, keys.last, keys.owing, keys.declared, keys.journal, keys.cursor]
        for chunk in _chunks(entries):
            self._step("retire", names, grant, chunk)

    def decide(self, grant: str, candidates: Sequence[Candidate]) -> dict[str, Answer]:
        """Carry the candidates out in one call; never split one entry over two."""
        keys, args = self._decision(candidates)
        words = self._step("decide", keys, grant, [JOURNAL_BOUND, *args])
        return {
            each.entry: Answer(Word(word.decode()), from_millis(last), sent)
            for each, word, last, sent in zip(
                candidates, words[::3], words[1::3], words[2::3], strict=True
            )
        }

    def advance(
        self,
        grant: str,
        cursor: datetime,
        owing: Mapping[str, Owing],
        paid: Iterable[str],
    ) -> datetime:
        """Move the cursor to where everything is decided or owed; it never falls."""
        keys = self.keys
        names = [keys.lease, keys.cursor, keys.owing, keys.hold, keys.journal]
        owes = [word for entry, each in owing.items() for word in (entry, each.text())]
        first, *more = list(_chunks([*paid])) or [()]
        moved = self._step("advance", names, grant, [to_millis(cursor), len(owing), *owes, *first])
        for chunk in more:
            moved = self._step("advance", names, grant, [to_millis(cursor), 0, *chunk])
        return from_millis(moved)

    def read(self, count: int) -> Read:
        """The head of the journal, together with the cursor and what is owed, as of one moment."""
        pipeline = self.redis.pipeline(transaction=True)
        pipeline.get(self.keys.install)
        pipeline.get(self.keys.cursor)
        pipeline.hgetall(self.keys.owing)
        pipeline.xrange(self.keys.journal, count=count)
        install, cursor, owing, lines = pipeline.execute()
        checkpoint = None
        if len(lines) < count and install:
            checkpoint = Checkpoint(
                install=install.decode(),
                cursor=from_millis(cursor) if cursor else None,
                owing={entry.decode(): owed(text) for entry, text in owing.items()},
            )
        return Read(
            ids=[line_id for line_id, _ in lines],
            decided=[decided(line) for _, line in lines if b"entry" in line],
            holds=[
                read_hold(line[b"hold"].decode(), line[b"text"])
                for _, line in lines
                if b"hold" in line
            ],
            checkpoint=checkpoint,
        )

    def drained(self, grant: str, ids: Sequence[bytes]) -> None:
        """Remove lines that are in the database now."""
        keys = [self.keys.lease, self.keys.journal]
        for chunk in _chunks(ids):
            self.run("drained", keys, [grant, *chunk])

    def resend(self, grant: str, entry: str, run: str, pushes: Sequence[Push]) -> None:
        """Send once more for a run that never started."""
        targets = sorted({push.key for push in pushes})
        keys = [self.keys.lease, self.keys.active, *targets]
        args = [
            word
            for push in pushes
            for word in (push.command, targets.index(push.key) + _FIRST_TARGET_AGAIN, push.payload)
        ]
        self.run("resend", keys, [grant, entry, run, *args])

    def clear(self, grant: str, entry: str, run: str) -> bool:
        """Take away the token of a run that has ended."""
        keys = [self.keys.lease, self.keys.active, self.keys.owing, self.keys.wake]
        return bool(self.run("clear", keys, [grant, entry, run]))

    def forget(self, grant: str) -> None:
        """Drop a history that is not ours, before ours is put back."""
        self._begin(grant, "forget")

    def restore(
        self, grant: str, entries: Sequence[tuple[Declared, datetime, Owing | None]]
    ) -> None:
        """Put back how far each entry is decided."""
        for chunk in _chunks(entries):
            args = [
                word
                for each, last, owing in chunk
                for word in (
                    each.entry,
                    to_millis(last),
                    f"{_span(each.spread)}|{each.fingerprint}",
                    owing.text() if owing else "",
                )
            ]
            self._restore(grant, [len(chunk), *args])

    def restore_holds(self, grant: str, holds: Iterable[Hold]) -> None:
        """Put back what is held."""
        args = [word for each in holds for word in (each.target, hold_text(each))]
        self._restore(grant, [0, *args])

    def name(self, grant: str, install: str, cursor: datetime | None) -> None:
        """Say which history this is, and from where it goes on: the last step of a restore."""
        self._begin(grant, "name", install, "" if cursor is None else to_millis(cursor))

    def start_from(self, cursor: datetime, entry: str) -> None:
        """Begin a history at `cursor`, with one entry known to be decided up to there."""
        pipeline = self.redis.pipeline(transaction=True)
        pipeline.set(self.keys.cursor, to_millis(cursor))
        pipeline.hset(self.keys.last, entry, to_millis(cursor))
        pipeline.execute()

    def cursor(self) -> datetime | None:
        """The instant up to which every entry was looked at; None before the first pass ever."""
        stored = self.redis.get(self.keys.cursor)
        return None if stored is None else from_millis(stored)

    def install(self) -> str:
        """Which history this Redis belongs to; empty in one that knows of none."""
        stored = self.redis.get(self.keys.install)
        return stored.decode() if stored else ""

    def waiting(self) -> dict[str, str]:
        """By entry, the run that was sent and has not said that it started."""
        tokens = self.redis.hgetall(self.keys.active)
        return {
            entry.decode(): token[2:].decode()
            for entry, token in tokens.items()
            if token.startswith(b"w|")
        }

    def next_in(self, key: str, most: int) -> list[bytes]:
        """The messages of a queue's list that are taken next, in that order."""
        found: list[bytes] = self.redis.lrange(key, -most, -1)
        return found[::-1]

    def _restore(self, grant: str, args: list[Any]) -> None:
        keys = self.keys
        names = [keys.lease, keys.last, keys.owing, keys.declared, keys.hold]
        self._step("restore", names, grant, args)

    def _begin(self, grant: str, what: str, install: str = "", cursor: int | str = "") -> None:
        keys = self.keys
        names = [keys.lease, keys.install, keys.cursor]
        names += [keys.last, keys.owing, keys.declared, keys.hold]
        names += [keys.defined, keys.defined_at, keys.defined_upto, keys.taken_back]
        names += [keys.active, keys.journal]
        self._step("begin", names, grant, [what, install, cursor])

    def _decision(self, candidates: Sequence[Candidate]) -> tuple[list[str], list[Any]]:
        keys = self.keys
        position: dict[str, int] = {}
        args: list[Any] = []
        for each in candidates:
            args += [each.entry, to_millis(each.expected), _span(each.spread), each.overlap.value]
            args += [int(each.even_in_maintenance), len(each.items)]
            for item in each.items:
                _write_item(args, item, position)
        names = [keys.lease, keys.last, keys.hold, keys.active, keys.journal, *position]
        return names, args


def _write_item(args: list[Any], item: Item, position: dict[str, int]) -> None:
    args += [to_millis(item.first), to_millis(item.last), item.count]
    if item.message is None:
        args += [item.decision, item.reason]
        return
    message = item.message
    expires = "" if item.expires_at is None else to_millis(item.expires_at)
    args += ["send", item.reason, item.run, message.queue, message.step, expires]
    args.append(len(message.pushes))
    for push in message.pushes:
        at = position.setdefault(push.key, len(position) + _FIRST_TARGET)
        args += [push.command, at, push.payload]


def _span(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + ENTRIES] for start in range(0, len(items), ENTRIES))
