"""The record, opened for one command."""

from beat_schedule.store.reading import engine_of, reader_of

__all__ = ["engine_of", "reader_of"]
