"""Asking the record: a transaction of its own for each question."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beat_schedule.errors import RecordAwayError

from .engine import Sessions, make_readers
from .unusable import unusable


class Asker:
    """Sessions of one record: those that may write, and those that keep no writer waiting."""

    def __init__(self, sessions: Sessions) -> None:
        self._writers = sessions
        self._readers = make_readers(sessions.kw["bind"])


@contextmanager
def asked(sessions: Sessions) -> Iterator[Session]:
    """Raises RecordAwayError where the database cannot be asked now."""
    try:
        with sessions.begin() as session:
            yield session
    except SQLAlchemyError as error:
        raise unusable(error, RecordAwayError) from error
