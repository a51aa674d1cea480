"""Hookbeat: periodic tasks for Celery that run once, and say why when they do not."""

from beat_schedule.entries import Entry, Occurrence
from beat_schedule.errors import (
    BrokerError,
    HookbeatError,
    HooksError,
    NotFoundError,
    Problem,
    ProblemsError,
    ScheduleError,
    SettingsError,
    StoreError,
)
from beat_schedule.runs.context import Mailer, RunContext
from beat_schedule.schedules import AnyOf, Cron, Every, Schedule
from beat_schedule.settings import Settings
from beat_schedule.translate import translate

__all__ = [
    "AnyOf",
    "BrokerError",
    "Cron",
    "Entry",
    "Every",
    "HookbeatError",
    "HooksError",
    "Mailer",
    "NotFoundError",
    "Occurrence",
    "Problem",
    "ProblemsError",
    "RunContext",
    "Schedule",
    "ScheduleError",
    "Settings",
    "SettingsError",
    "StoreError",
    "__version__",
    "translate",
]

__version__ = "0.1.0"
