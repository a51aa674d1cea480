"""`INSERT … ON CONFLICT`, which both databases have and SQLAlchemy spells once for each."""

from typing import Any, TypeAlias

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def insert_into(session: Session, table: Any) -> Insert:
    """An insert that can say what to do about a row that stands already."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
