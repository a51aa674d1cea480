"""What the tables of the package are made of."""

from sqlalchemy import Index, TextClause, text
from sqlalchemy.orm import DeclarativeBase

from .types import TYPES, metadata

#: The few rows that somebody should look at. Spelt out, or the planner could not see that their
#: small indexes will do.
WENT_WRONG = text("outcome IN ('failed', 'timed out', 'lost', 'expired')")
NOT_DONE = text("decision IN ('missed', 'expired', 'error')")


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = TYPES


def index_of_few(name: str, *columns: str, of: TextClause) -> Index:
    """An index of some rows of a long table."""
    return Index(name, *columns, sqlite_where=of, postgresql_where=of)
