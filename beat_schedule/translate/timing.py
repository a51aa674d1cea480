"""From an event and its options to the schedule."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from beat_schedule.errors import ScheduleError
from beat_schedule.events import Event
from beat_schedule.schedules import AnyOf, Bounded, Cron, Every, Schedule
from beat_schedule.schedules.base import EARLIEST, LATEST
from beat_schedule.settings import Settings

from .options import Options
from .report import RefusedError

#: Due times are whole seconds, so a day ends with this one.
_LAST_SECOND = time(23, 59, 59)


def schedule_for(event: Event, expression: str, options: Options, settings: Settings) -> Schedule:
    """When the entry is due; raises ScheduleError for an expression without meaning."""
    zone = options.timezone or settings.timezone
    if event.due == "all":
        return Every(settings.all_every)
    if event.due == "every":
        return Every(expression)
    if event.due == "cron":
        return Cron(expression, zone, options.dst)
    lines = [Cron(line, zone, options.dst) for line in _cron_lines(event, options)]
    return lines[0] if len(lines) == 1 else AnyOf(*lines)


def bounded(schedule: Schedule, options: Options, settings: Settings) -> Schedule:
    """The schedule from `not_before` to `not_after`; raises RefusedError when that leaves none."""
    if not (options.not_before or options.not_after):
        return schedule
    zone = ZoneInfo(options.timezone or settings.timezone)
    try:
        made = Bounded(
            schedule,
            moment_of(options.not_before, time.min, zone),
            moment_of(options.not_after, _LAST_SECOND, zone),
        )
    except ScheduleError:
        raise RefusedError("not_after lies before not_before", "exchange the two") from None
    if made.first(EARLIEST, LATEST) is None:
        raise RefusedError(
            f"is due at no time within its bounds: {made.words()}",
            "move not_before or not_after",
        )
    return made


def moment_of(said: date | None, of_day: time, zone: ZoneInfo) -> datetime | None:
    """The instant that is meant; of a date alone that time of its day."""
    if said is None:
        return None
    moment = said if isinstance(said, datetime) else datetime.combine(said, of_day)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _cron_lines(event: Event, options: Options) -> list[str]:
    """The event's line, with `on` in place of its day and each `at` in place of midnight."""
    minute, hour, day, month, weekday = event.cron.split()
    if event.takes_on == "weekday":
        weekday = options.on or weekday
    if event.takes_on == "monthday":
        day = options.on or day
    times = [(str(at.minute), str(at.hour)) for at in options.at] or [(minute, hour)]
    return [f"{minute} {hour} {day} {month} {weekday}" for minute, hour in times]
