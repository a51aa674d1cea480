"""From `scheduler_events` to entries: declared, read, checked, and given to Celery."""

from .arguments import bound_arguments, context_parameter
from .declarations import Declaration, load_hooks
from .periodic import periodic_entries
from .translation import Translation, load, translate, translate_events

__all__ = [
    "Declaration",
    "Translation",
    "bound_arguments",
    "context_parameter",
    "load",
    "load_hooks",
    "periodic_entries",
    "translate",
    "translate_events",
]
