"""Whether anybody decides what is due: by the age of the last pass, whoever made it."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from beat_schedule.settings import Settings


class Level(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    #: None was ever made: it is new.
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands."""

    level: Level
    #: When everything was looked at last; None if it never was.
    passed_at: datetime | None = None
    #: How long ago that was.
    age: timedelta | None = None

    @property
    def is_bad(self) -> bool:
        return self.level in {Level.WARNING, Level.ERROR}


def health_of(cursor: datetime | None, now: datetime, settings: Settings) -> Health:
    """By how far the cursor is behind, whether a beat moves it or `run-due`."""
    if cursor is None:
        return Health(Level.NOTICE)
    age = now - cursor
    if age >= settings.pass_error:
        level = Level.ERROR
    else:
        level = Level.WARNING if age >= settings.pass_warning else Level.OK
    return Health(level, cursor, age)
