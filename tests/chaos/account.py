"""Expected, sent, lost, doubled: the sums, and what does not add up."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .entries import ENTRIES, EVERY, STRICT
from .evidence import Arrival, Push, Row, Tick

#: A worker's look at its clock and Redis's are two looks at one clock.
EARLY_BY = timedelta(milliseconds=2)


@dataclass(frozen=True, slots=True)
class Window:
    """The due times of the experiment: (after, until]."""

    after: datetime
    until: datetime

    def ticks(self, entries: Iterable[str]) -> Iterator[Tick]:
        count = (self.until - self.after) // EVERY
        return (
            Tick(entry, self.after + number * EVERY)
            for entry in entries
            for number in range(1, count + 1)
        )

    def __contains__(self, due_at: datetime) -> bool:
        return self.after < due_at <= self.until


@dataclass(frozen=True, slots=True)
class Account:
    """Every set is of due times within the window."""

    expected: int
    expected_strict: int
    #: Different due times that were sent.
    sent: int
    #: Strict ones that never were.
    lost: Sequence[Tick]
    #: Sent more than once, by messages of their own or by one message twice.
    doubled: Sequence[Tick]
    #: Sent though nothing was due then.
    unasked: Sequence[Tick]
    #: Carried out before they were due, by the machine's clock.
    early: Sequence[Tick]
    #: Sent, and carried out by no worker.
    never_run: Sequence[Tick]
    #: Of these, how many left the queue on a connection that died with Redis.
    popped_for_nobody: int
    #: Carried out by messages that Celery's transport delivered again.
    redelivered: int
    #: Due times on record by decision.
    decisions: Mapping[str, int]
    #: Due times on record that were not sent, by decision and reason.
    reasons: Mapping[str, int]
    #: Without any decision on record.
    undecided: Sequence[Tick]
    #: With more than one.
    decided_twice: Sequence[Tick]
    #: Where the record says `sent` and nothing was, or the other way round.
    misreported: Sequence[Tick]
    #: Whose row says another number of due times than its span has.
    miscounted: Sequence[Tick]

    @property
    def wrong(self) -> Mapping[str, Sequence[Tick]]:
        """What must be empty."""
        names = (
            "lost",
            "doubled",
            "unasked",
            "early",
            "undecided",
            "decided_twice",
            "misreported",
            "miscounted",
        )
        return {name: getattr(self, name) for name in names}


def account(
    window: Window,
    pushes: Iterable[Push],
    held: Collection[str],
    arrivals: Iterable[Arrival],
    rows: Sequence[Row],
    *,
    entries: Sequence[str] = ENTRIES,
) -> Account:
    """Hold what was sent, what arrived and what is on record against what was due."""
    expected = set(window.ticks(entries))
    strict = {tick for tick in expected if tick.entry in STRICT}
    pushes = [push for push in pushes if push.tick.due_at in window]
    sent = Counter(push.tick for push in pushes)
    came = [arrival for arrival in arrivals if arrival.tick.due_at in window]
    never_run = sent.keys() - {arrival.tick for arrival in came}
    decided = _decided(rows, window)
    said_sent = {tick for tick, words in decided.items() if "sent" in [word for word, _ in words]}
    return Account(
        expected=len(expected),
        expected_strict=len(strict),
        sent=len(sent),
        lost=sorted(strict - sent.keys()),
        doubled=sorted(tick for tick, times in sent.items() if times > 1),
        unasked=sorted(sent.keys() - expected),
        early=sorted(a.tick for a in came if a.at < a.tick.due_at - EARLY_BY),
        never_run=sorted(never_run),
        popped_for_nobody=sum(p.tick in never_run and p.id not in held for p in pushes),
        redelivered=sum(arrival.redelivered for arrival in came),
        decisions=Counter(word for words in decided.values() for word, _ in words),
        reasons=Counter(
            f"{word}: {reason}" for ws in decided.values() for word, reason in ws if word != "sent"
        ),
        undecided=sorted(expected - decided.keys()),
        decided_twice=sorted(tick for tick, words in decided.items() if len(words) > 1),
        misreported=sorted(said_sent ^ sent.keys()),
        miscounted=sorted(_newest(row) for row in rows if row.count != len(list(_span(row)))),
    )


def _decided(rows: Iterable[Row], window: Window) -> dict[Tick, list[tuple[str, str]]]:
    """For each due time of the window the decisions on record, spans laid out."""
    decided: dict[Tick, list[tuple[str, str]]] = {}
    for row in rows:
        for tick in _span(row):
            if tick.due_at in window:
                decided.setdefault(tick, []).append((row.decision, row.reason))
    return decided


def _newest(row: Row) -> Tick:
    return Tick(row.entry, row.last_due)


def _span(row: Row) -> Iterator[Tick]:
    """From its end, since a span may begin between two due times."""
    for number in range((row.last_due - row.first_due) // EVERY + 1):
        yield Tick(row.entry, row.last_due - number * EVERY)


def quantiles(seconds: Iterable[float]) -> dict[str, float]:
    """Nearest ranks, so that each is a figure that was measured."""
    ordered = sorted(seconds)
    if not ordered:
        return {"count": 0}
    ranks = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    found = {name: ordered[math.ceil(len(ordered) * rank) - 1] for name, rank in ranks.items()}
    return {"count": len(ordered)} | {name: round(value, 4) for name, value in found.items()}
