"""The record, opened to ask it something and closed again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beat_schedule.settings import Settings

from .engine import engine_of, make_readers
from .migrate import require_current
from .unusable import unusable


@contextmanager
def reader_of(settings: Settings) -> Iterator[Session]:
    """A session to ask with; raises StoreError, with what to do, where it cannot be had."""
    with engine_of(settings) as engine:
        require_current(engine, settings)
        try:
            with make_readers(engine)() as session:
                yield session
        except SQLAlchemyError as error:
            raise unusable(error) from error
