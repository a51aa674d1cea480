"""`INSERT … ON CONFLICT`, which both databases have and SQLAlchemy spells once for each."""

from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Insert: TypeAlias = postgresql.Insert | sqlite.Insert


@cache
def insert_or_nothing(dialect: str, table: Table, *returned: str) -> Executable:
    """An insert that leaves a row alone that stands already; built once, executed with its values.

    To build and to hash a statement takes longer than to carry it out.
    """
    insert = insert_in(dialect, table).on_conflict_do_nothing()
    return insert.returning(*(table.c[name] for name in returned)) if returned else insert


def dialect_of(session: Session) -> str:
    return session.get_bind().dialect.name


def insert_into(session: Session, table: Any) -> Insert:
    """An insert that can say what to do about a row that stands already."""
    return insert_in(dialect_of(session), table)


def insert_in(dialect: str, table: Any) -> Insert:
    """The same where the dialect's name is known."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
