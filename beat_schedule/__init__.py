"""Hookbeat: periodic tasks for Celery that run once, and say why when they do not."""

from beat_schedule.schedules import AnyOf, Cron, Every
from beat_schedule.translate import translate

__all__ = ["AnyOf", "Cron", "Every", "__version__", "translate"]

__version__ = "0.1.0"
