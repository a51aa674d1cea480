"""Hookbeat: periodic tasks for Celery that run once, and say why when they do not."""

__version__ = "0.1.0"
