"""Transactions of the same article at the same instant: the file's order decides."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select, tuple_, update

from tasks.library.models import LibraryBase


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
    tie = (
        select(stage.c.article_id, stage.c.at)
        .group_by(stage.c.article_id, stage.c.at)
        .having(func.count() > 1)
        .cte("tie")
    )
    before = func.lag(target.c.sequence).over(
        partition_by=(stage.c.article_id, stage.c.at), order_by=stage.c.line
    )
    tied = (
        select(stage, target.c.sequence, before.label("before"))
        .join_from(tie, stage, and_(tie.c.article_id == stage.c.article_id, tie.c.at == stage.c.at))
        .join(target, target.c.id == stage.c.id)
        .cte("tied")
    )
    wrong = select(tied.c.article_id, tied.c.at).where(tied.c.before > tied.c.sequence)
    return (
        select(tied.c.id)
        .where(tuple_(tied.c.article_id, tied.c.at).in_(wrong))
        .order_by(tied.c.line)
    )
