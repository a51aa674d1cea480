"""What the tables of the package are made of."""

from sqlalchemy import Index, TextClause
from sqlalchemy.orm import DeclarativeBase

from .types import TYPES, metadata


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = TYPES


def index_of_few(name: str, *columns: str, of: TextClause) -> Index:
    """An index of some rows of a long table."""
    return Index(name, *columns, sqlite_where=of, postgresql_where=of)
