"""Entries as operators say them: new ones, and what is to be otherwise about those of the code.

Both are said in the options of a handler, and one of `cron`, `every` and `once` says when. Of many
entries that differ in their key, task and arguments what they have in common is read once.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from types import MappingProxyType
from typing import Any

from beat_schedule.clock import EPOCH
from beat_schedule.entries import Entry
from beat_schedule.errors import EntryError, Problem, ScheduleError
from beat_schedule.events import EVENTS, Event, offset
from beat_schedule.schedules import At, Cron, Every, Schedule
from beat_schedule.schedules.zones import zone
from beat_schedule.settings import Settings

from .entry import entry_of
from .handlers import Handler
from .how import read_args, read_kwargs
from .offer import Offer
from .options import READERS
from .report import RefusedError, Report
from .timing import moment_of
from .when import read_moment

#: When an entry is due: the event that says so, by the option that it is written as.
ONCE = Event(name="once", due="declared")
WHEN: Mapping[str, Event] = MappingProxyType(
    {"cron": EVENTS["cron"], "every": EVENTS["every"], "once": ONCE}
)

#: What has no meaning here: the key is given apart, and these are for what the code declares.
_OF_CODE = ("name", "formerly", "at", "on", "expect_within", "alert_after", "ping")

#: What is an entry's own; the rest many may have in common.
_OWN = frozenset({"task", "args", "kwargs", "description", "owner", "runbook", "once"})

#: Of so many kinds of entries what they have in common is remembered.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Kind:
    """What entries have in common."""

    model: Entry
    #: Within which each has an offset of its own.
    spread: timedelta | None


class Workshop:
    """Makes entries of what was said and checked before; raises EntryError for what no longer fits.

    No function is looked up.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kinds: OrderedDict[str, _Kind] = OrderedDict()

    def made(self, key: str, options: Mapping[str, Any]) -> Entry:
        """The entry of that key that no code declares."""
        common = {name: value for name, value in options.items() if name not in _OWN}
        if "once" in options:
            common["once"] = None
        text = json.dumps(common, sort_keys=True, separators=(",", ":"))
        kind = self._kinds.get(text) or self._read(key, text, options)
        try:
            return self._own(key, options, kind, text)
        except (RefusedError, ScheduleError, KeyError) as error:
            raise _refused(key, error) from error

    def told(self, key: str, task: str, text: str) -> Entry:
        """The same, as far as a worker must know it, from what the run's message tells of it."""
        return self.made(key, {**json.loads(text), "task": task})

    def _read(self, key: str, text: str, options: Mapping[str, Any]) -> _Kind:
        entry, _ = made(key, options, self._settings)
        while len(self._kinds) >= _MOST:
            self._kinds.popitem(last=False)
        said = options.get("spread")
        spread = None if said is None else READERS["spread"](said, ONCE, self._settings)
        kind = self._kinds[text] = _Kind(entry, spread)
        return kind

    def _own(self, key: str, options: Mapping[str, Any], kind: _Kind, text: str) -> Entry:
        model, settings = kind.model, self._settings
        event = WHEN[model.event]
        policy = model.policy
        if kind.spread:
            policy = replace(policy, spread=offset(key, kind.spread))
        return replace(
            model,
            key=key,
            task=options["task"],
            schedule=when_said(options, settings) if event is ONCE else model.schedule,
            place=key,
            args=read_args(options.get("args", ()), event, settings),
            kwargs=MappingProxyType({**read_kwargs(options.get("kwargs", {}), event, settings)}),
            policy=policy,
            description=options.get("description", ""),
            owner=options.get("owner", ""),
            runbook=options.get("runbook", ""),
            told=text,
        )


def made(
    key: str, options: Mapping[str, Any], settings: Settings, offer: Offer | None = None
) -> tuple[Entry, tuple[Problem, ...]]:
    """The entry, and what is odd about it; raises EntryError naming everything that is wrong.

    With an offer its function is looked up, and the arguments are held against it.
    """
    report = Report()
    event = _event(key, options, report)
    for name in sorted(options.keys() & {*_OF_CODE}):
        report.problem(key, f"{name!r} is only for what the code declares", "leave it out")
    for name in sorted(options.keys() & {"not_before", "not_after"} if event is ONCE else ()):
        report.problem(key, f"{name!r} has no meaning with 'once'", "leave it out")
    said = {name: value for name, value in options.items() if name not in {*WHEN, *_OF_CODE}}
    if event:
        entry = entry_of(
            Handler(
                place=key,
                list_place=key,
                event=event,
                expression="" if event is ONCE else str(options[event.name]),
                said={**said, "name": key},
                schedule=_schedule(key, options, settings, report) if event is ONCE else None,
            ),
            settings,
            report,
            offer,
        )
        if entry and not report.problems:
            return entry, tuple(report.warnings)
    raise EntryError(report.problems)


def when_said(said: Mapping[str, Any], settings: Settings) -> Schedule:
    """When it is due; raises RefusedError and ScheduleError for what has no meaning."""
    clock = zone(said.get("timezone", settings.timezone))
    if "cron" in said:
        return Cron(str(said["cron"]), clock)
    if "every" in said:
        return Every(str(said["every"]))
    if said["once"] is None:
        # A worker has the due time with each run.
        return At(EPOCH, clock)
    moment = read_moment("once")(said["once"], ONCE, settings)
    return At(moment_of(moment, time.min, clock) or EPOCH, clock)


def _event(key: str, options: Mapping[str, Any], report: Report) -> Event | None:
    said = [name for name in WHEN if name in options]
    if len(said) == 1:
        return WHEN[said[0]]
    what = f"says {' and '.join(said)}" if said else "does not say when it is due"
    report.problem(key, what, f"give one of {', '.join(WHEN)}")
    return None


def _schedule(
    key: str, options: Mapping[str, Any], settings: Settings, report: Report
) -> Schedule | None:
    try:
        return when_said(options, settings)
    except (RefusedError, ScheduleError) as error:
        report.problem(key, str(error), getattr(error, "cure", ""))
        return None


def _refused(key: str, error: Exception) -> EntryError:
    reason = f"says no {error}" if isinstance(error, KeyError) else str(error)
    return EntryError([Problem(key, reason, getattr(error, "cure", ""))])
