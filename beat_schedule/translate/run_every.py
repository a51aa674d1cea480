"""From `run_every`, `run_at` and the like of a Task class to its schedule."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from beat_schedule.errors import ScheduleError
from beat_schedule.events import Event
from beat_schedule.schedules import AnyOf, Cron, Dst, Modulus, Schedule
from beat_schedule.schedules.modulus import MIDNIGHT, read_every
from beat_schedule.settings import Settings

from .readers import switch
from .report import RefusedError, Report, shown
from .when import read_dst, read_timezone, time_of_day

#: The attributes that say when, as the table of the document has them.
TIMES = frozenset({"run_every", "run_at", "run_every_hour", "run_every_minute", "twice_daily"})

#: Of every Task that says it by these: a change from one of them to another keeps the entry.
RUN_EVERY = Event(name="run_every", due="declared")

_SWITCHES = {"run_every_hour": "1 hour", "run_every_minute": "1 minute"}

_LAST_HOUR = 23


def schedule_of(
    said: Mapping[str, Any], place: str, settings: Settings, report: Report
) -> Schedule | None:
    """When a class with these attributes is due: whenever one of them says so.

    None after a complaint about one of them.
    """
    reading = _Reading(said, place, settings, report)
    found = list(reading.schedules())
    if reading.is_refused:
        return None
    return found[0] if len(found) == 1 else AnyOf(*found)


@dataclass(slots=True)
class _Reading:
    """The attributes of one class, read one after the other."""

    said: Mapping[str, Any]
    place: str
    settings: Settings
    report: Report
    is_refused: bool = field(default=False, init=False)

    def schedules(self) -> Iterator[Schedule]:
        zone, dst = self._clock()
        at = self._value("run_at", time_of_day)
        every = self._value("run_every", _every)
        divided = [text for name, text in _SWITCHES.items() if self._value(name, _switch(name))]
        divided += [every] if every else []
        if at and not (divided or "run_every" in self.said):
            divided = ["1 day"]
        for text in divided:
            takes_at = Modulus(text).takes_at
            if at and not takes_at:
                self._ignore_run_at(text)
            yield Modulus(text, zone, at if at and takes_at else MIDNIGHT, dst)
        if hours := self._value("twice_daily", _hours):
            yield Cron(f"0 {hours} * * *", zone, dst)

    def _value(self, name: str, read: Callable[[Any], Any]) -> Any:
        """What the attribute says; None where it says nothing, or nothing that can be used."""
        if name not in self.said:
            return None
        try:
            return read(self.said[name])
        except RefusedError as refused:
            self.report.problem(f"{self.place}.{name}", refused.reason, refused.cure)
        except ScheduleError as error:
            self.report.problem(self.place, str(error))
        self.is_refused = True
        return None

    def _clock(self) -> tuple[str, Dst | None]:
        """Who reads the options complains about these two."""
        zone, dst = self.settings.timezone, None
        with suppress(RefusedError):
            if "timezone" in self.said:
                zone = read_timezone(self.said["timezone"], RUN_EVERY, self.settings)
            if "dst" in self.said:
                dst = read_dst(self.said["dst"], RUN_EVERY, self.settings)
        return zone, dst

    def _ignore_run_at(self, every: str) -> None:
        self.report.warning(
            f"{self.place}.run_at",
            f"is ignored: {every!r} has no time of day",
            "leave it out, or count days or months",
        )


def _switch(name: str) -> Callable[[Any], bool]:
    return lambda value: switch(name, value)


def _every(value: Any) -> str:
    read_every(value)
    return str(value)


def _hours(value: Any) -> str:
    """The hour field of a cron line."""
    hours = value if isinstance(value, list | tuple) else ()
    if hours and all(map(_is_hour, hours)):
        return ",".join(map(str, sorted({*hours})))
    raise RefusedError(f"twice_daily is {shown(value)}", "write hours of the day, as (1, 13)")


def _is_hour(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_HOUR
