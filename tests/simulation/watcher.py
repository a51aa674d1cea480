"""Looks at Redis before and after every step that a beat or an operator takes there."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Decided
from beat_schedule.dispatch.values import decided
from beat_schedule.keys import Keys

if TYPE_CHECKING:
    from .world import Strand, World

KEYS = Keys("")

#: The one list in which messages wait.
QUEUE = "default"

#: Calls that are looked at closely: whatever writes more than a sign of life.
WATCHED = frozenset(
    {"take", "release", "adopt", "retire", "decide", "advance", "drained", "restore", "begin"}
    | {"hold", "resend", "clear", "now", "reset"}
)


@dataclass(slots=True)
class Sight:
    """What Redis has, as far as promises are made of it; instants in ms."""

    grant: str = ""
    generation: str = ""
    cursor: int | None = None
    last: dict[str, int] = field(default_factory=dict)
    owing: dict[str, int] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    hold: dict[str, dict[str, Any]] = field(default_factory=dict)
    active: dict[str, str] = field(default_factory=dict)
    queued: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One script that took effect, and what it changed."""

    strand: "Strand"
    name: str
    now: int
    before: Sight
    after: Sight
    #: New lines of the journal: decisions only.
    lines: Sequence[Decided]
    #: New messages: entry and due time in ms, the oldest first.
    messages: Sequence[tuple[str, int]]
    answer: Any


class Watcher:
    """Carries commands to Redis, and shows the oracle what each step did."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.sight = Sight()
        #: Decisions that lie in the journal, by the id of their line.
        self.journal: dict[bytes, Decided] = {}
        self._mark = b"0-0"

    def carry(self, strand: "Strand", name: str, commands: Sequence[Sequence[Any]]) -> list[Any]:
        world = self._world
        if name not in WATCHED:
            answers = world.line.ask(commands)
            if name == "watch" and not isinstance(answers[0], Exception):
                world.oracle.watched(strand.process)
            return answers
        active, queued, *rest = world.line.ask(
            [("HGETALL", KEYS.active), ("LLEN", QUEUE), *commands, *self._looks()]
        )
        answers, seen = rest[: len(commands)], rest[len(commands) :]
        before = self.sight
        before.active, before.queued = _texts(active), queued
        if not isinstance(answers[0], Exception):
            self._show(strand, name, before, seen, answers[0])
        elif not isinstance(answers[0], NoScriptError):
            world.note(strand.name, f"{name}: {answers[0]}")
        return answers

    def waiting(self) -> dict[str, uuid.UUID]:
        """Runs that have a waiting token, by entry, as of now."""
        tokens = _texts(self._world.line.one("HGETALL", KEYS.active))
        words = {entry: token.split("|") for entry, token in tokens.items()}
        return {entry: uuid.UUID(word[1]) for entry, word in words.items() if word[0] == "w"}

    def look_anew(self) -> None:
        """Redis is not what it was: forget what was seen."""
        self._mark, self.journal = b"0-0", {}
        self.sight, lines = self._read(self._world.line.ask(self._looks()))
        self.journal.update(lines)

    def _show(
        self, strand: "Strand", name: str, before: Sight, seen: list[Any], answer: Any
    ) -> None:
        after, lines = self._read(seen)
        self.sight = after
        messages = self._pushed(after.queued - before.queued) if name != "hold" else []
        step = Step(
            strand,
            name,
            self._world.redis_now(),
            before,
            after,
            list(lines.values()),
            messages,
            answer,
        )
        if self._world.trace is not None:
            self._tell(step)
        if name == "drained":
            self._remove_drained()
        self.journal.update(lines)
        self._world.oracle.saw(step)

    def _tell(self, step: Step) -> None:
        """For people who read a trace."""
        before, after = step.before, step.after
        words = [f"[{said(line)}]" for line in step.lines]
        moved = [e for e in sorted(after.last) if before.last.get(e) != after.last[e]]
        if step.name != "decide":
            words += [f"last of {entry}: {instant(after.last[entry])}" for entry in moved]
        if before.cursor != after.cursor:
            words.append(f"cursor {instant(after.cursor or 0)}")
        words += [f"owes {entry} {instant(due)}" for entry, due in after.owing.items()]
        self._world.note(step.strand.name, f"{step.name} {' '.join(words)}")

    def _pushed(self, count: int) -> list[tuple[str, int]]:
        if count <= 0:
            return []
        heads = [
            json.loads(text)["headers"]
            for text in self._world.line.one("LRANGE", QUEUE, 0, count - 1)
        ]
        return [(head["hookbeat_entry"], head["due"]) for head in reversed(heads)]

    def _remove_drained(self) -> None:
        """What has left the journal must be in the record."""
        left = {line_id for line_id, _ in self._world.line.one("XRANGE", KEYS.journal, "-", "+")}
        for line_id in [each for each in self.journal if each not in left]:
            self._world.oracle.invariants.drained(self.journal.pop(line_id))

    def _looks(self) -> list[Sequence[Any]]:
        return [
            ("HGET", KEYS.lease, "grant"),
            ("HGET", KEYS.generation, "current"),
            ("GET", KEYS.cursor),
            ("HGETALL", KEYS.last),
            ("HGETALL", KEYS.owing),
            ("HGETALL", KEYS.declared),
            ("HGETALL", KEYS.hold),
            ("HGETALL", KEYS.active),
            ("LLEN", QUEUE),
            ("XRANGE", KEYS.journal, b"(" + self._mark, "+"),
        ]

    def _read(self, seen: list[Any]) -> tuple[Sight, dict[bytes, Decided]]:
        grant, generation, cursor, last, owing, declared, hold, active, queued, lines = seen
        sight = Sight(
            grant=(grant or b"").decode(),
            generation=(generation or b"").decode(),
            cursor=None if cursor is None else int(cursor),
            last={entry: int(at) for entry, at in _texts(last).items()},
            owing={entry: int(text.split("|")[0]) for entry, text in _texts(owing).items()},
            declared=_texts(declared),
            hold={entry: json.loads(text) for entry, text in _texts(hold).items()},
            active=_texts(active),
            queued=queued,
        )
        if lines:
            self._mark = lines[-1][0]
        found = {
            line_id: dict(zip(words[::2], words[1::2], strict=True)) for line_id, words in lines
        }
        return sight, {
            line_id: decided(line) for line_id, line in found.items() if b"entry" in line
        }


def _texts(pairs: list[bytes]) -> dict[str, str]:
    words = [word.decode() for word in pairs]
    return dict(zip(words[::2], words[1::2], strict=True))


def holder(token: str | None, now: int) -> str:
    """The run that has an entry's token at that moment; empty for none."""
    if not token:
        return ""
    phase, run, *till = token.split("|")
    if phase == "r" and not 0 <= int(till[0]) - now <= 15_000:
        return ""
    return run


def instant(ms: int) -> str:
    """For people: the second within the hour."""
    return from_millis(ms).strftime("%H:%M:%S.%f")[:-3]


def said(line: Decided) -> str:
    first, last = (instant(to_millis(at)) for at in (line.first_due, line.last_due))
    return f"{line.entry} {first}..{last} x{line.count} {line.decision} ({line.reason})"
