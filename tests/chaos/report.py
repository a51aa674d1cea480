"""The figures of one experiment, for people and as JSON."""

import argparse
import json
import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .account import Account, Window, quantiles
from .entries import EVERY
from .evidence import Arrival, Tick
from .faults import Story, Takeover

#: Enough to see what is wrong.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Report:
    window: Window
    account: Account
    story: Story
    came: Sequence[Arrival]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong with any tick, and every takeover was seen."""
        missing = [takeover for takeover in self.story.takeovers if takeover.seconds is None]
        return not missing and not any(self.account.wrong.values())

    def lines(self) -> Iterator[str]:
        """What people read."""
        found = self.account
        yield f"load of the machine before: {self.story.load_before:.1f} on {os.cpu_count()} cores"
        yield f"faults: {dict(Counter(event['fault'] for event in self.story.events))}"
        yield f"ticks expected: {found.expected} ({found.expected_strict} with catch_up: all)"
        yield f"ticks sent: {found.sent}"
        yield f"decisions on record: {dict(found.decisions)}"
        for reason, count in found.reasons.items():
            yield f"  {count} {reason}"
        yield f"sent and carried out by no worker: {len(found.never_run)}"
        yield f"  of these, taken by a BRPOP whose reply died with Redis: {found.popped_for_nobody}"
        yield f"carried out again, delivered again by Celery's transport: {found.redelivered}"
        yield f"lateness, from due to carried out: {self._lateness()}"
        for name, ticks in found.wrong.items():
            some = f", such as {_shown(ticks)[0]}" if ticks else ""
            yield f"{name.replace('_', ' ')}: {len(ticks)}{some}"
        for kind, takeovers in self._takeovers().items():
            yield f"takeover after {kind}, to the grant: {takeovers['to_grant']}"
            yield f"takeover after {kind}, to the first tick: {takeovers['to_first_tick']}"
            yield f"lateness of what was due next: {takeovers['lateness_of_next_due']}"
            if takeovers["missing"]:
                yield f"takeover after {kind}, not seen: {takeovers['missing']}"

    def store(self, chosen: argparse.Namespace) -> None:
        """Write it all to `--out`, or below `.hookbeat`."""
        name = f"{Path(chosen.programme).stem}-{chosen.seed}.json"
        out: Path = chosen.out or Path(".hookbeat") / name
        out.parent.mkdir(parents=True, exist_ok=True)
        asked = {name: value for name, value in vars(chosen).items() if name not in {"out", "keep"}}
        figures = {"asked": asked, "machine": _machine()} | self._figures()
        out.write_text(json.dumps(figures, indent=2, default=str) + "\n")

    def _figures(self) -> dict[str, Any]:
        found = self.account
        wrong = {n: {"count": len(ts), "some": _shown(ts)} for n, ts in found.wrong.items()}
        return {
            "load_before": round(self.story.load_before, 2),
            "window": asdict(self.window),
            "expected": found.expected,
            "expected_strict": found.expected_strict,
            "sent": found.sent,
            "wrong": wrong,
            "never_run": {"count": len(found.never_run), "some": _shown(found.never_run)},
            "popped_for_nobody": found.popped_for_nobody,
            "redelivered": found.redelivered,
            "decisions": found.decisions,
            "reasons": found.reasons,
            "lateness": self._lateness(),
            "takeovers": self._takeovers(),
            "events": self.story.events,
        }

    def _lateness(self) -> Mapping[str, float]:
        """From due to carried out, of every tick, outages included."""
        return quantiles(
            (at - tick.due_at) / timedelta(seconds=1)
            for tick, at in self._first_arrivals().items()
            if tick.due_at in self.window
        )

    def _first_arrivals(self) -> Mapping[Tick, datetime]:
        return {a.tick: a.at for a in sorted(self.came, key=lambda a: a.at, reverse=True)}

    def _takeovers(self) -> Mapping[str, Any]:
        """By signal: until another grant, and what it meant for what was due."""
        found: dict[str, Any] = {}
        by_due = self._lateness_by_due()
        for kind in sorted({takeover.kind for takeover in self.story.takeovers}):
            of_kind = [takeover for takeover in self.story.takeovers if takeover.kind == kind]
            seen = [takeover.seconds for takeover in of_kind if takeover.seconds is not None]
            firsts = filter(None, (self._first_tick(takeover) for takeover in of_kind))
            found[kind] = {
                "to_grant": quantiles(seen),
                "to_first_tick": quantiles(firsts),
                "lateness_of_next_due": quantiles(
                    by_due[due_at] for t in of_kind if (due_at := _next_due(t.at)) in by_due
                ),
                "missing": len(of_kind) - len(seen),
                "seconds": [round(each, 4) for each in seen],
            }
        return found

    def _lateness_by_due(self) -> Mapping[datetime, float]:
        """For each second: when the last of the entries due then was carried out."""
        late: dict[datetime, float] = {}
        for tick, at in self._first_arrivals().items():
            seconds = (at - tick.due_at) / timedelta(seconds=1)
            late[tick.due_at] = max(late.get(tick.due_at, 0.0), seconds)
        return late

    def _first_tick(self, takeover: Takeover) -> float | None:
        """Until a worker carried out a message that another process had built."""
        old = f"gen{takeover.pid}@"
        after = [a.at for a in self.came if a.at >= takeover.at and not a.origin.startswith(old)]
        return (min(after) - takeover.at) / timedelta(seconds=1) if after else None


def _next_due(at: datetime) -> datetime:
    return at.replace(microsecond=0) + EVERY


def _shown(ticks: Sequence[Tick]) -> list[str]:
    return [f"{tick.entry} {tick.due_at.isoformat()}" for tick in ticks[:SHOWN]]


def _machine() -> Mapping[str, Any]:
    packages = ("celery", "kombu", "redis")
    return {
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    } | {name: version(name) for name in packages}
