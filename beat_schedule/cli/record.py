"""The record, opened for one command."""

from beat_schedule.store.engine import engine_of
from beat_schedule.store.reading import reader_of

__all__ = ["engine_of", "reader_of"]
