"""Transactions of the same article at the same instant: the file's order decides."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, exists, func, select, update

from .models import LibraryBase


def settle_ties(connection: Connection, stage: Table, stamp: datetime) -> int:
    """Give rows new sequences where theirs contradict the order of lines; how many."""
    target = LibraryBase.metadata.tables["library_transaction"]
    ids = [row.id for row in connection.execute(_contradicting(stage, target))]
    highest = connection.scalar(select(func.max(target.c.sequence))) or 0
    for number, key in enumerate(ids, highest + 1):
        connection.execute(
            update(target).where(target.c.id == key).values(sequence=number, recorded_at=stamp)
        )
    return len(ids)


def _contradicting(stage: Table, target: Table) -> Any:
    """The lines of every tie in which some line stands wrong, in the order of the file."""
    one, other = stage.alias(), stage.alias()
    row, other_row = target.alias(), target.alias()
    wrong = (
        select(one.c.article_id, one.c.at)
        .join_from(one, other, (one.c.article_id == other.c.article_id) & (one.c.at == other.c.at))
        .join(row, row.c.id == one.c.id)
        .join(other_row, other_row.c.id == other.c.id)
        .where(one.c.line < other.c.line, row.c.sequence > other_row.c.sequence)
    ).cte("wrong")
    return (
        select(stage.c.id)
        .where(exists().where(wrong.c.article_id == stage.c.article_id, wrong.c.at == stage.c.at))
        .order_by(stage.c.line)
    )
