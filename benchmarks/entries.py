"""Entries made at run time: what many of them cost.

    python -m benchmarks.entries [--entries 100000] [--due 1000] [--json FILE]

A project of its own below the temporary folder, with a Redis that keeps nothing and a record in
SQLite. All entries are made by `Desk.add_all`, 1,000 in a transaction. `start` is from the process
to its first pass, and `takeover` from the kill of the leader to the first pass of its standby,
whose patience of 5 s is in it. `change` is from the call of the action to the moment at which Redis
shows that the leader has taken it up, and `burst` from the full minute to the last message in the
queue.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from beat_schedule.actions import Desk, desk_of
from beat_schedule.apps import app_named
from beat_schedule.clock import SystemClock, to_millis
from tests.system.installation import Installation, Process

CLOCK = SystemClock()

#: Made in one transaction.
AT_ONCE = 1_000

#: Of one change so many are measured.
CHANGES = 20

#: Seconds between two looks at Redis while we wait for it.
LOOK = 0.002
#: The same for what takes long: whoever looks takes the processor from whom he looks at.
SELDOM = 0.05
PATIENCE = 300

HOOKS = 'scheduler_events = {"yearly": ["jobs.serve"]}\n'
JOBS = "def serve(member=0): ...\n"
STATE = "hookbeat:main"
MINUTE = timedelta(minutes=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=1_000, help="at one full minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        try:
            figures = measured(installation, chosen.entries, chosen.due)
        finally:
            installation.close()
    for name, value in figures.items():
        print(f"{name:30} {value}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))


def measured(installation: Installation, entries: int, due: int) -> dict[str, Any]:
    installation.write("hooks.py", HOOKS)
    installation.write("jobs.py", JOBS)
    installation.run("hookbeat", "migrate")
    installation.redis.start()
    figures: dict[str, Any] = {"entries": entries, "cores": os.cpu_count()}
    empty = installation.start_beat()
    first_pass(installation)
    figures["memory without, MB"] = memory(empty)
    empty.stop()
    with at_home(installation) as desk:
        began = CLOCK.monotonic()
        # Beyond what making them and starting takes.
        minute = next_minute(CLOCK.now() + timedelta(minutes=3 + entries // 50_000))
        for part in parts(entries, due, minute):
            desk.add_all(part, by="benchmark", why="")
        figures["made, each, ms"] = round((CLOCK.monotonic() - began) / entries * 1000, 2)
        leader = installation.start_beat()
        figures["start, s"] = first_pass(installation)
        figures["memory with, MB"] = memory(leader)
        figures |= changes(installation, desk)
        installation.start_beat()
        CLOCK.sleep(max(figures["start, s"] * 1.5, 8))
        before = processor(leader)
        CLOCK.sleep(20)
        figures["idle, ms of CPU a second"] = round((processor(leader) - before) / 20 * 1000, 1)
        figures[f"burst of {due}, s"] = burst(installation, minute, due)
        leader.kill()
        figures["takeover, s"] = first_pass(installation)
    return figures


@contextmanager
def at_home(installation: Installation) -> Iterator[Desk]:
    """A desk in the project, as a program of the project would have it."""
    os.environ.update(installation.environ)
    os.chdir(installation.folder)
    sys.path.insert(0, str(installation.folder))
    with desk_of(app_named("worker")) as desk:
        yield desk


def parts(entries: int, due: int, minute: datetime) -> Iterator[dict[str, dict[str, Any]]]:
    """So many daily entries, `due` of them at that minute and the others hours from it."""
    part: dict[str, dict[str, Any]] = {}
    for number in range(entries):
        away = timedelta(hours=6, minutes=number % 720) if number >= due else timedelta(0)
        at = minute + away
        kwargs = {"member": number}
        options = {"task": "jobs.serve", "cron": f"{at.minute} {at.hour} * * *", "kwargs": kwargs}
        part[f"member {number}"] = options
        if len(part) == AT_ONCE:
            yield part
            part = {}
    if part:
        yield part


def changes(installation: Installation, desk: Desk) -> dict[str, float]:
    """How long it takes until a change is in force, and the action's own part of that."""
    state = installation.client()
    spans, actions = [], []
    for number in range(CHANGES):
        key = f"member {5_000 + number}"
        before = state.hget(f"{STATE}:declared", key)
        began = CLOCK.monotonic()
        desk.set(key, {"cron": f"{number} 3 * * sun"}, by="benchmark", why="")
        actions.append(CLOCK.monotonic() - began)
        waited(lambda key=key, before=before: state.hget(f"{STATE}:declared", key) != before)
        spans.append(CLOCK.monotonic() - began)
    return {
        "change, the action, ms": round(median(actions) * 1000, 1),
        "change, in force, ms": round(median(spans) * 1000, 1),
        "change, the slowest, ms": round(max(spans) * 1000, 1),
    }


def burst(installation: Installation, minute: datetime, due: int) -> float:
    """Seconds from the minute until every message is in the queue."""
    state = installation.client()
    left = (minute - CLOCK.now()).total_seconds()
    if left < 0:
        raise SystemExit("the minute is over: the machine is too slow for so many entries")
    CLOCK.sleep(left)
    waited(lambda: state.llen("default") >= due)
    return round((CLOCK.now() - minute).total_seconds(), 2)


def first_pass(installation: Installation) -> float:
    """Seconds until somebody who leads anew has made a pass."""
    began, at = CLOCK.monotonic(), to_millis(CLOCK.now())
    state = installation.client()
    waited(lambda: int(state.hget(f"{STATE}:lease", "term") or 0) > at, SELDOM)
    waited(lambda: int(state.get(f"{STATE}:cursor") or 0) > at, SELDOM)
    return round(CLOCK.monotonic() - began, 2)


def waited(condition: Callable[[], object], every: float = LOOK) -> None:
    until = CLOCK.monotonic() + PATIENCE
    while not condition():
        if CLOCK.monotonic() > until:
            raise SystemExit("nothing happens")
        CLOCK.sleep(every)


def processor(process: Process) -> float:
    """Seconds of it so far."""
    fields = process.read("stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: Process) -> int:
    """Resident MB."""
    line = next(line for line in process.read("status").splitlines() if "VmRSS" in line)
    return round(int(line.split()[1]) / 1024)


def next_minute(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(second=0, microsecond=0) + MINUTE


if __name__ == "__main__":
    main()
