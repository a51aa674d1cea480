"""What simulated beats declare: small schedules with every kind of policy, and how they change.

Due times are counted here with a few lines of arithmetic of their own, so that the oracle does not
believe the code that it judges.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from celery import Celery

from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.schedules import Cron, Every, Governed, Schedule

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Spec:
    """One entry: due every so many seconds, or at these seconds of each minute."""

    key: str
    every: int = 0
    seconds: tuple[int, ...] = ()
    catch_up: str = "once"
    limit: int = 100
    window: int = 3600
    overlap: str = "skip"
    expires: int | None = None
    spread: int = 0
    tracked: bool = True
    #: No part of its schedule: a deploy that changes it alone changes no due time.
    timeout: int = 300

    def due(self, after: int, until: int) -> list[int]:
        """Due times in (after, until], all in ms."""
        if self.every:
            step = self.every * 1000
            return list(range((after // step + 1) * step, until + 1, step))
        first = after // (MINUTE * 1000)
        minutes = range(first, until // (MINUTE * 1000) + 1)
        found = ((minute * MINUTE + second) * 1000 for minute in minutes for second in self.seconds)
        return [due for due in found if after < due <= until]

    @property
    def delay(self) -> int:
        """Its spread in ms."""
        return self.spread * 1000

    @property
    def schedule(self) -> tuple[int, tuple[int, ...]]:
        """What names its due times."""
        return self.every, self.seconds

    @property
    def declared(self) -> tuple[Any, ...]:
        """What Redis is told of it."""
        return (*self.schedule, self.spread)


Plan = tuple[Spec, ...]

BASE: Plan = (
    Spec("second", every=1),
    Spec("three", every=3, overlap="queue", catch_up="all", limit=5),
    Spec("ten", every=10, catch_up="none"),
    Spec("cron", seconds=tuple(range(0, MINUTE, 7)), overlap="allow"),
    Spec("spread", every=5, spread=3),
    Spec("expiring", every=4, overlap="allow", catch_up="all", expires=15),
    Spec("stranger", every=2, overlap="allow", tracked=False),
    Spec("window", every=6, overlap="queue", catch_up="all", window=20),
    Spec("brief", every=5, overlap="queue", catch_up="all", expires=20),
)


def first_plan(rnd: random.Random, size: int = 5) -> Plan:
    return tuple(sorted(rnd.sample(BASE, size), key=lambda spec: spec.key))


def edited(plan: Plan, rnd: random.Random) -> Plan:
    """The same with one change, as a deploy brings it."""
    spec = rnd.choice(plan)
    others = tuple(each for each in plan if each != spec)
    missing = [each for each in BASE if each.key not in {known.key for known in plan}]
    match rnd.choice(["schedule", "schedule", "spread", "timeout", "remove", "add"]):
        case "schedule":
            return (*others, _on_another_schedule(spec, rnd))
        case "spread":
            return (*others, replace(spec, spread=rnd.randint(0, 4)))
        case "remove" if len(plan) > 2:
            return others
        case "add" if missing:
            return (*plan, rnd.choice(missing))
    return (*others, replace(spec, timeout=spec.timeout + 1))


def overridden(spec: Spec, rnd: random.Random) -> dict[str, Any]:
    """What an operator says of an entry in the place of what the code says, as JSON has it."""
    if rnd.random() < 0.25:
        return {"spread": rnd.randint(0, 4)}
    other = _on_another_schedule(spec, rnd)
    return {"every": other.every, "seconds": list(other.seconds)}


def overlaid(spec: Spec, said: Mapping[str, Any] | None) -> Spec:
    """An entry of the code with what an operator says of it; None once that was taken back."""
    values = dict(said or {})
    if "seconds" in values:
        values["seconds"] = tuple(values["seconds"])
    return replace(spec, **values)


def _on_another_schedule(spec: Spec, rnd: random.Random) -> Spec:
    if spec.seconds:
        return replace(spec, seconds=tuple(range(rnd.randint(0, 5), MINUTE, rnd.randint(5, 9))))
    return replace(spec, every=spec.every + rnd.choice([1, 2, 3]))


@cache
def app() -> Celery:
    return Celery("simulation", broker="memory://", set_as_current=False)


#: By the identity of each entry that was ever made, what it was made of.
_SPECS: dict[int, Spec] = {}


def spec_of(entry: PeriodicEntry) -> Spec:
    return _SPECS[id(entry)]


@cache
def entry_of(spec: Spec) -> PeriodicEntry:
    """As Celery's beat would have it; lives as long as this process."""
    expression = f"{','.join(map(str, spec.seconds))} * * * * *"
    schedule: Schedule = Every(f"{spec.every}s") if spec.every else Cron(expression)
    policy = Policy(
        catch_up=CatchUp(spec.catch_up),
        catch_up_limit=spec.limit,
        catch_up_window=timedelta(seconds=spec.window),
        overlap=Overlap(spec.overlap),
        expires=None if spec.expires is None else timedelta(seconds=spec.expires),
        spread=timedelta(seconds=spec.spread),
        tracked=spec.tracked,
    )
    task = f"tasks.{spec.key}"
    entry = PeriodicEntry(
        name=spec.key,
        task=task,
        schedule=Governed(schedule, policy),
        options={"time_limit": spec.timeout},
        app=app(),
    )
    _SPECS[id(entry)] = spec
    return entry


def entries(plan: Sequence[Spec]) -> dict[str, PeriodicEntry]:
    return {spec.key: entry_of(spec) for spec in plan}
