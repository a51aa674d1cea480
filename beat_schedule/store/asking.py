"""One question to the record, in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beat_schedule.errors import RecordAwayError

from .engine import Sessions
from .migrate import unusable


@contextmanager
def asked(sessions: Sessions) -> Iterator[Session]:
    """Raises RecordAwayError where the database cannot be asked now."""
    try:
        with sessions.begin() as session:
            yield session
    except SQLAlchemyError as error:
        raise unusable(error, RecordAwayError) from error
