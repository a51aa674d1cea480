"""Hookbeat: periodic tasks for Celery that run once, and say why when they do not."""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from beat_schedule.lazily import offered

if TYPE_CHECKING:
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
    from beat_schedule.runs.decorators import (
        cron_context,
        cron_require_feature,
        cron_required,
        log_cron,
    )
    from beat_schedule.schedules import AnyOf, Cron, Every, Schedule
    from beat_schedule.settings import Settings
    from beat_schedule.task import Task
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
    "Task",
    "__version__",
    "cron_context",
    "cron_require_feature",
    "cron_required",
    "log_cron",
    "translate",
]

__version__ = "0.1.0"

__getattr__ = offered(
    __name__,
    {
        "entries": ("Entry", "Occurrence"),
        "errors": (
            "BrokerError",
            "HookbeatError",
            "HooksError",
            "NotFoundError",
            "Problem",
            "ProblemsError",
            "ScheduleError",
            "SettingsError",
            "StoreError",
        ),
        "runs.context": ("Mailer", "RunContext"),
        "runs.decorators": ("cron_context", "cron_require_feature", "cron_required", "log_cron"),
        "schedules": ("AnyOf", "Cron", "Every", "Schedule"),
        "settings": ("Settings",),
        "task": ("Task",),
        "translate": ("translate",),
    },
)


class _Hookbeat(ModuleType):
    """Its `translate` is the function, also once the package of that name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        is_package = name == "translate" and isinstance(value, ModuleType)
        super().__setattr__(name, value.translate if is_package else value)


sys.modules[__name__].__class__ = _Hookbeat
