"""An entry of the code's with what an operator says over it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from beat_schedule.entries import Entry
from beat_schedule.errors import EntryError, ScheduleError
from beat_schedule.events import Event
from beat_schedule.policies import Policy
from beat_schedule.schedules import AnyOf, Bounded, Schedule, default_window
from beat_schedule.schedules.base import EARLIEST, LATEST
from beat_schedule.settings import Settings

from .functions import check_arguments, function_at
from .handlers import Handler
from .offer import Offer
from .options import Options, read_options
from .report import RefusedError, Report
from .said import WHEN, when_said
from .timing import moment_of

#: What an operator may say of an entry that the code declares.
OVERRIDES: tuple[str, ...] = (
    *WHEN,
    "timezone",
    "not_before",
    "args",
    "kwargs",
    "queue",
    "timeout",
)


def overridden(
    entry: Entry, said: Mapping[str, Any], settings: Settings, offer: Offer | None = None
) -> Entry:
    """The entry as it is in force: what nothing is said of stays as the code has it.

    With an offer its function is looked up, and the arguments are held against it. Raises
    EntryError naming everything that does not fit, or no longer does.
    """
    report = Report()
    for name in sorted(said.keys() - {*OVERRIDES}):
        cure = f"these may be overridden: {', '.join(OVERRIDES)}"
        report.problem(entry.key, f"{name!r} is for the code to say", cure)
    event = _event(entry, said, report)
    rest = {name: value for name, value in said.items() if name in OVERRIDES and name not in WHEN}
    handler = Handler(
        place=entry.key,
        list_place=entry.key,
        event=event,
        expression="",
        # Its own name may be no path.
        said={"task": "a.task", **rest},
    )
    options = read_options(handler, settings, report)
    made = entry
    if not report.problems:
        try:
            made = _made(entry, said, options, settings)
            if offer:
                _check(made, offer)
        except RefusedError as refused:
            report.problem(entry.key, refused.reason, refused.cure)
        except ScheduleError as error:
            report.problem(entry.key, str(error))
    if report.problems:
        raise EntryError(report.problems)
    return made


def _event(entry: Entry, said: Mapping[str, Any], report: Report) -> Event:
    """By which the options are judged: the one that says when, or one like the code's."""
    named = [name for name in WHEN if name in said]
    if len(named) > 1:
        report.problem(entry.key, f"says {' and '.join(named)}", "give one of them")
    if named:
        return WHEN[named[0]]
    return Event(name=entry.event, due="declared" if entry.schedule.zone else "every")


def _made(entry: Entry, said: Mapping[str, Any], options: Options, settings: Settings) -> Entry:
    schedule = _schedule(entry.schedule, said, options, settings)
    return replace(
        entry,
        schedule=schedule,
        queue=options.queue or entry.queue,
        timeout=options.timeout or entry.timeout,
        args=options.args if "args" in said else entry.args,
        kwargs=MappingProxyType({**options.kwargs}) if "kwargs" in said else entry.kwargs,
        policy=_policy(entry, schedule),
    )


def _schedule(
    declared: Schedule, said: Mapping[str, Any], options: Options, settings: Settings
) -> Schedule:
    """Bounds that the code says stay, unless it is `not_before` that is said."""
    schedule, begin, end = declared, None, None
    if isinstance(declared, Bounded):
        schedule, begin, end = declared.schedule, declared.not_before, declared.not_after
    zone = ZoneInfo(options.timezone) if options.timezone else declared.zone or settings.zone
    if any(name in said for name in WHEN):
        schedule = when_said({**said, "timezone": zone.key}, settings)
    elif options.timezone:
        schedule = _in_zone(schedule, zone)
    begin = _moment(options.not_before, zone) or begin
    if not (begin or end):
        return schedule
    return _bounded(schedule, begin, end)


def _bounded(schedule: Schedule, begin: datetime | None, end: datetime | None) -> Schedule:
    made = Bounded(schedule, begin, end)
    if made.first(EARLIEST, LATEST) is None:
        raise RefusedError(
            f"is due at no time within its bounds: {made.words()}", "move not_before"
        )
    return made


def _in_zone(schedule: Schedule, zone: ZoneInfo) -> Schedule:
    """The same by another wall clock: made anew from what it was made from."""
    if isinstance(schedule, AnyOf):
        return AnyOf(*(_in_zone(each, zone) for each in schedule.schedules))
    if schedule.zone is None:
        return schedule
    own = schedule.zone.key
    arguments = [zone.key if each == own else each for each in schedule.arguments]
    return type(schedule)(*arguments)


def _moment(said: date | None, zone: ZoneInfo) -> datetime | None:
    return moment_of(said, time.min, zone)


def _policy(entry: Entry, schedule: Schedule) -> Policy:
    """Its own, and of another schedule the usual window where it had that of the old one."""
    window = entry.policy.catch_up_window
    if window != default_window(entry.schedule):
        return entry.policy
    return replace(entry.policy, catch_up_window=default_window(schedule))


def _check(entry: Entry, offer: Offer) -> None:
    function = function_at(entry.task)
    check_arguments(entry.task, function, entry.args, entry.kwargs, offer)
