"""Hookbeat: periodic tasks for Celery that run once, and say why when they do not."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from beat_schedule.task import Task
from beat_schedule.translate import translate

if TYPE_CHECKING:
    from beat_schedule.runs.decorators import (
        cron_context,
        cron_require_feature,
        cron_required,
        log_cron,
    )

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
    "Task",
    "__version__",
    "cron_context",
    "cron_require_feature",
    "cron_required",
    "log_cron",
    "translate",
]

__version__ = "0.1.0"

#: They know Celery and the record, which a hooks module or a beat need not import.
_DECORATORS = {"cron_context", "cron_require_feature", "cron_required", "log_cron"}


def __getattr__(name: str) -> Any:
    if name in _DECORATORS:
        return getattr(import_module("beat_schedule.runs.decorators"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
