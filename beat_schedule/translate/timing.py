"""From an event and its options to the schedule."""

from beat_schedule.events import Event
from beat_schedule.schedules import AnyOf, Cron, Every, Schedule
from beat_schedule.settings import Settings

from .options import Options


def schedule_for(event: Event, expression: str, options: Options, settings: Settings) -> Schedule:
    """When the entry is due; raises ScheduleError for an expression without meaning."""
    zone = options.timezone or settings.timezone
    if event.due == "all":
        return Every(settings.all_every)
    if event.due == "every":
        return Every(expression)
    if event.due == "cron":
        return Cron(expression, zone)
    lines = [Cron(line, zone) for line in _cron_lines(event, options)]
    return lines[0] if len(lines) == 1 else AnyOf(*lines)


def _cron_lines(event: Event, options: Options) -> list[str]:
    """The event's line, with `on` in place of its day and each `at` in place of midnight."""
    minute, hour, day, month, weekday = event.cron.split()
    if event.takes_on == "weekday":
        weekday = options.on or weekday
    if event.takes_on == "monthday":
        day = options.on or day
    times = [(str(at.minute), str(at.hour)) for at in options.at] or [(minute, hour)]
    return [f"{minute} {hour} {day} {month} {weekday}" for minute, hour in times]
