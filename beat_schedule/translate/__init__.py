"""From `scheduler_events` to entries: declared, read, checked, and given to Celery."""

from .declarations import Declaration, load_hooks
from .periodic import periodic_entries
from .translation import Translation, load, translate, translate_events

__all__ = [
    "Declaration",
    "Translation",
    "load",
    "load_hooks",
    "periodic_entries",
    "translate",
    "translate_events",
]
