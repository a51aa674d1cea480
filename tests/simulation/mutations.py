"""Bugs that were made elsewhere or could be made here: each must be caught within a few seeds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from beat_schedule import scripts
from beat_schedule.dispatch import beat as beats
from beat_schedule.dispatch import deaths, lease
from beat_schedule.dispatch.drain import Drain
from beat_schedule.dispatch.passes import Passes
from beat_schedule.dispatch.reconcile import Reconciler
from beat_schedule.dispatch.state import State
from beat_schedule.dispatch.witness import Witness

from . import ledger


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of the real code, for as long as `applied` lasts."""

    name: str
    #: Part of the sentence that tells which promise it breaks.
    breaks: str
    applied: Callable[[], Any]


def _script(name: str, breaks: str, script: str, old: str, new: str) -> Mutation:
    """Another text in place of one that stands in a script exactly once."""

    @contextmanager
    def applied() -> Iterator[None]:
        real = scripts.text

        def text(asked: str) -> str:
            if asked != script:
                return real(asked)
            assert real(asked).count(old) == 1, f"{script}.lua has changed: {old}"
            return real(asked).replace(old, new)

        with _attribute(scripts, "text", text):
            yield

    return Mutation(name, breaks, applied)


def _code(
    name: str, breaks: str, owner: Any, attribute: str, made: Callable[[Any], Any]
) -> Mutation:
    """`made` of the real attribute in its place."""
    return Mutation(
        name, breaks, lambda: _attribute(owner, attribute, made(getattr(owner, attribute)))
    )


@contextmanager
def _attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)


class _Terms:
    """In place of random bits: the number of the term, as each beat counts it."""

    def __init__(self) -> None:
        self._number = 0

    def token_hex(self, _bytes: int) -> str:
        self._number = self._number % 3 + 1
        return str(self._number)


def _cursor_first(make: Any) -> Any:
    def mutated(self: Passes, woken: Any = ()) -> Any:
        self._move_cursor(self._now(), {}, set())
        return make(self, woken)

    return mutated


def _without_owing(move: Any) -> Any:
    return lambda self, now, _owing, _paid: move(self, now, {}, self._owing)


def _cursor_after_the_lines(read: Any) -> Any:
    def mutated(self: State, count: int) -> Any:
        lines = read(self, count)
        return replace(lines, checkpoint=read(self, count).checkpoint)

    return mutated


def _removed_before_kept(_drain: Any) -> Any:
    def mutated(self: Drain) -> int:
        read = self._state.read(2000)
        if read.ids:
            self._remove(read.ids)
            self._keep(read)
        return len(read.ids)

    return mutated


def _first_sight(recover: Any) -> Any:
    def mutated(state: Any, record: Any, grant: str, *more: Any) -> Any:
        if record.checkpoint() is None:
            return recover(state, record, grant, *more)
        if not state.install():
            state.name(grant, record.checkpoint().install, None)
        return state.install()

    return mutated


HOLDER = '  if phase == "r" then\n'

MUTATIONS = [
    _script(
        "no fence",
        "although the lease is",
        "prelude",
        'return grant ~= "" and redis.call("HGET", lease, "grant") == grant',
        "return true",
    ),
    _code("fence by term", "got a grant of", lease, "secrets", lambda _real: _Terms()),
    _code("cursor before decide", "I3", Passes, "make", _cursor_first),
    _code("owing forgotten", "I3", Passes, "_move_cursor", _without_owing),
    _script("last not written", "due were", "decide", "if upto ~= expected then", "if false then"),
    _script(
        "no message", "without a message", "decide", "  if not run then\n", "  if false then\n"
    ),
    _script("no line", "due were", "decide", 'write(entry, item, "sent", item.reason, item)', ""),
    _code("checkpoint ahead of the journal", "I7", State, "read", _cursor_after_the_lines),
    _code("removed before it is kept", "I7", Drain, "drain", _removed_before_kept),
    _script(
        "drained without the fence",
        "although the lease is",
        "drained",
        "if not leads(KEYS[1], ARGV[1]) then",
        "if false then",
    ),
    _code("wipe taken for first sight", "passed over", beats, "recover", _first_sight),
    _script(
        "steps not compared",
        "I3",
        "prelude",
        'if (redis.call("HGET", lease, "step") or "") ~= before then',
        "if false then",
    ),
    _script(
        "one time to live for all tokens",
        "waits or runs",
        "prelude",
        HOLDER,
        '  if phase == "w" then\n    return nil\n  end\n' + HOLDER,
    ),
    _script("running token without an end", "in its way", "prelude", HOLDER, "  if false then\n"),
    _code("waiting token without an end", "I6", Reconciler, "_clear", lambda _: lambda *_: None),
    _code("nobody taken over", "never ran", Reconciler, "take_over", lambda _: lambda *_: None),
    _code("taken over at first sight", "I1", deaths, "SILENCE", lambda _: 0.0),
    _code("waiting runs forgotten", "never ran", Reconciler, "_go_on", lambda _: lambda *_: 0),
    _code("no reconciler", "I", Reconciler, "reconcile", lambda _: lambda _self: 0),
    _code("operators not heard", "operators say", beats.Beat, "_follow", lambda _: lambda *_: ()),
    _code(
        "operators forgotten with a Redis",
        "operators say",
        ledger.Ledger,
        "definitions",
        lambda _: lambda *_: (),
    ),
    _script("hold ignored", "it is held", "decide", 'redis.call("HLEN", hold) > 0', "false"),
    _script("sent early", "before its time", "decide", "if due > at then", "if false then"),
    _code("every clock believed", "decide", Witness, "_is_witnessed", lambda _: lambda *_: True),
    _code("sent does not win", "I5", ledger, "_wins", lambda _real: lambda *_lines: False),
    _script("an old set may lead", "older set", "watch", "(is_better or not is_carried)", "true"),
    _script(
        "an edit decides the past",
        "starts at",
        "adopt",
        "elseif old_fingerprint ~= fingerprint then",
        "elseif false then",
    ),
]
