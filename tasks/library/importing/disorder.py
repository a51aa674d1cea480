"""Transactions that make no sense where they stand, such as lending what is already out."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from tasks.library.models import LENDING, Kind, Transaction

REASONS = {
    Kind.ISSUE: "is lent while it is out: the earlier loan counts as ended",
    Kind.RENEW: "is renewed while it is not out: counts as lent",
    Kind.RETURN: "is returned while it is not out",
}


def disorder(session: Session, recorded_at: datetime) -> Iterator[tuple[str, str]]:
    """The id and the oddity of every such transaction that was recorded at that instant."""
    before = func.lag(Transaction.type).over(
        partition_by=Transaction.article_id, order_by=(Transaction.at, Transaction.sequence)
    )
    rows = select(
        Transaction.id, Transaction.type, Transaction.recorded_at, before.label("before")
    ).subquery()
    was_out = and_(rows.c.before.is_not(None), rows.c.before.in_(LENDING))
    could_return = or_(was_out, and_(rows.c.before.is_not(None), rows.c.before == Kind.LOST))
    odd = or_(
        and_(rows.c.type == Kind.ISSUE, was_out),
        and_(rows.c.type == Kind.RENEW, ~was_out),
        and_(rows.c.type == Kind.RETURN, ~could_return),
    )
    statement = select(rows.c.id, rows.c.type).where(rows.c.recorded_at == recorded_at, odd)
    for key, kind in session.execute(statement, execution_options={"yield_per": 1000}):
        yield key, REASONS[kind]
