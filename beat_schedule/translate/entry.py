"""From one handler to its entry: its key, its schedule, and the task that carries it out."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from celery.app.task import Task

from beat_schedule.entries import Entry
from beat_schedule.errors import ScheduleError
from beat_schedule.events import Event
from beat_schedule.schedules import Schedule
from beat_schedule.settings import Settings

from .functions import check_arguments, exception_at, function_at, signed
from .handlers import Handler
from .offer import Offer
from .options import LONGEST_NAME, Options, read_options
from .parameters import fitted
from .policy import contradictions, oddities, policy_of
from .report import RefusedError, Report
from .run_policy import run_contradictions, run_oddities, run_policy_of
from .timing import bounded, schedule_for

#: How many days the shortest month has that the month field of an event names.
_SHORTEST = {"*": 28, "1,4,7,10": 30, "1": 31}


@dataclass(frozen=True, slots=True)
class _Task:
    """The Celery task that carries a handler out."""

    name: str
    #: Its own queue, for a task that the application declared as one.
    queue: str = ""


def entry_of(
    handler: Handler, settings: Settings, report: Report, offer: Offer | None
) -> Entry | None:
    """The handler's entry, or None after complaints; without an offer nothing is looked up."""
    options = read_options(handler, settings, report)
    schedule = _schedule(handler, options, settings, report)
    task: _Task | None = _Task(options.task)
    if offer:
        task = _task(handler, options, settings, report, offer)
        options = _with_exceptions(handler, options, report)
        options = _with_fitted(handler, options, report) if task else options
    key = _key(handler, options)
    if len(key) > LONGEST_NAME:
        report.problem(handler.place, "its key is too long for the record", "give it a 'name'")
        return None
    if schedule and not _is_sound(key, handler, options, schedule, report):
        return None
    if schedule and task and options.is_whole:
        return _assembled(key, handler, options, schedule, task)
    return None


def _assembled(
    key: str, handler: Handler, options: Options, schedule: Schedule, task: _Task
) -> Entry:
    return Entry(
        key=key,
        task=task.name,
        schedule=schedule,
        queue=options.queue or task.queue or handler.event.queue,
        event=handler.event.name,
        clock=handler.event.clock,
        place=handler.place,
        args=options.args,
        kwargs=MappingProxyType(dict(options.kwargs)),
        priority=options.priority,
        timeout=options.timeout,
        policy=policy_of(options, schedule, handler.event, key),
        run_policy=run_policy_of(options),
        description=options.description,
        owner=options.owner,
        runbook=options.runbook,
    )


def _key(handler: Handler, options: Options) -> str:
    """The option `name`, else always `path@event`, or `path@event:expression` where it has one."""
    event = handler.event.name
    if handler.expression:
        event = f"{event}:{handler.expression}"
    return options.name or f"{options.task}@{event}"


def _schedule(
    handler: Handler, options: Options, settings: Settings, report: Report
) -> Schedule | None:
    try:
        schedule = _unbounded(handler, options, settings)
    except ScheduleError as error:
        report.problem(handler.list_place, str(error))
        return None
    if schedule is None:
        return None
    for warning in getattr(schedule, "warnings", ()):
        report.warning(handler.list_place, warning)
    if handler.event.takes_on == "monthday" and _is_rare(options.on, handler.event):
        report.warning(
            handler.place,
            f"day {options.on} is not in every month: those without it are left out",
            "'last' is the last day of each",
        )
    try:
        return bounded(schedule, options, settings)
    except RefusedError as refused:
        report.problem(handler.place, refused.reason, refused.cure)
        return None


def _unbounded(handler: Handler, options: Options, settings: Settings) -> Schedule | None:
    if handler.event.due == "declared":
        return handler.schedule
    return schedule_for(handler.event, handler.expression, options, settings)


def _is_sound(
    key: str, handler: Handler, options: Options, schedule: Schedule, report: Report
) -> bool:
    """Whether the options can all be meant; what is odd about them is only told."""
    spread = policy_of(options, schedule, handler.event, key).spread
    for odd in (*oddities(options, schedule), *run_oddities(options, spread)):
        report.warning(handler.option(odd.place), odd.reason, odd.cure)
    wrong = [*contradictions(options), *run_contradictions(options)]
    for each in wrong:
        report.problem(handler.option(each.place), each.reason, each.cure)
    return not wrong


def _is_rare(day: str, event: Event) -> bool:
    """Whether some month of the event lacks that day."""
    *_, month, _ = event.cron.split()
    return day.isdecimal() and int(day) > _SHORTEST[month]


def _task(
    handler: Handler, options: Options, settings: Settings, report: Report, offer: Offer
) -> _Task | None:
    if not options.task:
        return None
    try:
        function = function_at(options.task)
        if options.is_whole:
            check_arguments(options.task, function, options.args, options.kwargs, offer)
        if isinstance(function, Task):
            return _Task(function.name, _own_queue(function, options, settings))
    except RefusedError as refused:
        report.problem(handler.place, refused.reason, refused.cure)
        return None
    return _Task(options.task)


def _with_exceptions(handler: Handler, options: Options, report: Report) -> Options:
    """The options with the exceptions of `retry_on` by the names that they have themselves."""
    found = []
    for path in options.retry_on:
        try:
            found.append(exception_at(path))
        except RefusedError as refused:
            report.problem(handler.option("retry_on"), refused.reason, refused.cure)
    is_whole = options.is_whole and len(found) == len(options.retry_on)
    return replace(options, retry_on=tuple(found), is_whole=is_whole)


def _with_fitted(handler: Handler, options: Options, report: Report) -> Options:
    """The options with arguments from lines as the function asks for them."""
    try:
        fit = fitted(options.kwargs, options.task, signed(function_at(options.task)))
    except RefusedError as refused:
        report.problem(f"{handler.place}['kwargs']", refused.reason, refused.cure)
        return replace(options, is_whole=False)
    return replace(options, kwargs=fit)


def _own_queue(task: Any, options: Options, settings: Settings) -> str:
    queue = getattr(task, "queue", None)
    if not queue or options.queue:
        return ""
    if queue not in settings.queue_timeouts:
        raise RefusedError(
            f"{options.task} is a Celery task with the queue {queue!r}, which is not declared",
            f"HOOKBEAT_QUEUES={queue}=300 declares it",
        )
    return str(queue)
