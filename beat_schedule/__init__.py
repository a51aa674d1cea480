"""Hookbeat: periodic tasks for Celery that run once, and say why when they do not."""

from beat_schedule.schedules import Cron, Every

__all__ = ["Cron", "Every", "__version__"]

__version__ = "0.1.0"
