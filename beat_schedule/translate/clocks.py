"""Clock modules: jobs of one functional domain, with a queue and a lease of their own.

`algolia/clock.py` is the clock `algolia`, and so is `algolia_clock.py`; several modules may make up
one clock.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from beat_schedule.errors import ScheduleError
from beat_schedule.events import Event
from beat_schedule.keys import MAIN
from beat_schedule.schedules import Schedule
from beat_schedule.settings import BUILT_IN_QUEUES, Settings

from .clock_jobs import Job, jobs_of
from .clock_options import options_of
from .clock_triggers import FIELDS_OF, Told, schedule_of, trigger_named, zone_of
from .declarations import Declaration
from .handlers import Handler
from .report import RefusedError, Report, shown
from .when import read_dst

#: What every job is declared as; its clock and queue come with each module.
_ANY = Event(name="clock", due="declared")

#: The name of a module that is a clock by itself, and the end of others'.
_CLOCK = "clock"
_SUFFIX = "_clock"


def clocks_in(modules: Mapping[str, ModuleType], settings: Settings) -> list[Declaration]:
    """What each clock among the modules declares; a bad job is a problem, and stops no other."""
    return [
        _declared(name, module, settings) for name, module in modules.items() if jobs_of(module)
    ]


def clock_of(module: str) -> str:
    """The name of the clock that a module is; raises RefusedError for one that is none."""
    *folders, last = module.split(".")
    name = last.removesuffix(_SUFFIX)
    if last == _CLOCK:
        name = folders[-1] if folders else _CLOCK
    elif name == last:
        raise RefusedError(
            "says add_job, and is no clock by its name",
            f"name it clock.py in a folder of its own, or {last}{_SUFFIX}.py",
        )
    if name in {*BUILT_IN_QUEUES, MAIN}:
        raise RefusedError(
            f"a clock cannot be named {name!r}: so is what all others share", "rename the module"
        )
    return name


def _declared(name: str, module: ModuleType, settings: Settings) -> Declaration:
    source = f"{name.replace('.', '/')}.py"
    report = Report()
    try:
        clock = clock_of(name)
    except RefusedError as refused:
        report.problem(source, refused.reason, refused.cure)
        return Declaration(source=source, problems=tuple(report.problems), is_read=False)
    event = replace(_ANY, queue=clock, clock=clock)
    handlers = [_handler(job, event, source, settings, report) for job in jobs_of(module)]
    return Declaration(
        source=source,
        handlers=tuple(filter(None, handlers)),
        problems=tuple(report.problems),
        warnings=tuple(report.warnings),
    )


def _handler(
    job: Job, event: Event, source: str, settings: Settings, report: Report
) -> Handler | None:
    """The job as a line of hooks, with its schedule; what is wrong with either goes to report."""
    place = f"{source} line {job.line}"
    told = len(report.problems)
    options = options_of(job, place, report)
    schedule = None
    try:
        schedule = _schedule(job, settings)
    except RefusedError as refused:
        report.problem(place, refused.reason, refused.cure)
    except ScheduleError as error:
        report.problem(place, str(error))
    try:
        path = path_of(job.func)
    except RefusedError as refused:
        report.problem(place, refused.reason, refused.cure)
        return None
    # Without a schedule its options are judged all the same, and it is no entry.
    is_sound = len(report.problems) == told
    return Handler(
        place=place,
        list_place=place,
        event=event,
        expression="",
        said={"task": path, **options},
        schedule=schedule if is_sound else None,
    )


def _schedule(job: Job, settings: Settings) -> Schedule:
    """When the job is due; raises RefusedError, ScheduleError."""
    trigger = trigger_named(job.trigger)
    dst = job.said.get("dst")
    told = Told(
        fields={name: job.said[name] for name in FIELDS_OF[trigger] if name in job.said},
        zone=zone_of(job.said.get("timezone"), settings.zone),
        dst=None if dst is None else read_dst(dst, _ANY, settings),
    )
    return schedule_of(trigger, told)


def path_of(function: Any) -> str:
    """The dotted path by which a worker finds the function; raises RefusedError if none does.

    APScheduler's text, `module:name`, is taken too.
    """
    if isinstance(function, str):
        return function.replace(":", ".")
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    if not (callable(function) and module and name):
        raise RefusedError(f"{shown(function)} is no function", "name a function of a module")
    path = f"{module}.{name}"
    if getattr(sys.modules.get(module), name, None) is not function:
        raise RefusedError(
            f"no worker finds {path}: it is not what its module has under that name",
            "write a function at the top of a module; decorators need functools.wraps",
        )
    return path
