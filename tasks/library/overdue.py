"""What is overdue on a date: one SQL statement, streamed member by member.

The latest transaction of an article, by instant and then by sequence, says where it is. Only
those until the end of the date count, so a run for a past date sees that date. `NOT EXISTS`
was measured beside a window function at a million transactions: 0.3 s to 1.3 s on SQLite,
0.4 s to 0.6 s on PostgreSQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from .addresses import valid_address
from .days import DAY, LoanRules
from .models import LENDING, PENDING, Member, Notice, NoticeItem, Transaction

#: Rows fetched at a time.
PAGE = 1000

Later = aliased(Transaction)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueLoan:
    """One loan that is overdue, and what its member has been told of it."""

    loan_id: str
    #: The last step that was queued; 0 before the first notice.
    step: int = 0
    #: The date of the last notice in which it stood.
    last_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrower:
    """One member with everything of theirs that is overdue."""

    member_id: str
    has_address: bool
    opted_out: bool
    blocked: bool
    #: A notice to them is still on its way.
    is_waiting: bool
    loans: tuple[OverdueLoan, ...]


def borrowers(session: Session, rules: LoanRules, on: date) -> Iterator[Borrower]:
    """Every member with something overdue on that date, by id; memory stays flat."""
    if session.get_bind().dialect.name == "postgresql":
        # We read to the end: no plan that is only quick to its first rows.
        session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    rows = session.execute(overdue_statement(rules, on), execution_options={"yield_per": PAGE})
    for _, group in groupby(rows, key=lambda row: row.member_id):
        yield _borrower(list(group))


def overdue_statement(rules: LoanRules, on: date) -> Select[Any]:
    """The one statement: overdue loans with their member, the steps told and the date last told."""
    known = Later.at < rules.start_of(on + DAY)
    told = NoticeItem.loan_id == Transaction.id
    return (
        select(
            Member.id.label("member_id"),
            Member.email,
            Member.opted_out,
            Member.blocked,
            _is_waiting().label("is_waiting"),
            Transaction.id.label("loan_id"),
            select(func.max(NoticeItem.step)).where(told).scalar_subquery().label("step"),
            select(func.max(NoticeItem.on_date)).where(told).scalar_subquery().label("last_on"),
        )
        .join(Member, Member.id == Transaction.member_id)
        .where(Transaction.type.in_(LENDING), _lent_long_ago(rules, on), ~has_later(known))
        .order_by(Member.id, Transaction.id)
    )


def has_later(known: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something that is `known` happened to the article after this transaction."""
    return exists().where(
        Later.article_id == Transaction.article_id,
        tuple_(Later.at, Later.sequence) > tuple_(Transaction.at, Transaction.sequence),
        known,
    )


def _lent_long_ago(rules: LoanRules, on: date) -> ColumnElement[bool]:
    return or_(
        false(),
        *(
            and_(Transaction.at >= span.start, Transaction.at < span.stop)
            for span in rules.overdue_spans(on)
        ),
    )


def _is_waiting() -> ColumnElement[bool]:
    return exists().where(Notice.member_id == Member.id, Notice.state.in_(PENDING))


def _borrower(rows: list[Row[Any]]) -> Borrower:
    member = rows[0]
    return Borrower(
        member_id=member.member_id,
        has_address=valid_address(member.email) is not None,
        opted_out=member.opted_out,
        blocked=member.blocked,
        is_waiting=bool(member.is_waiting),
        loans=tuple(
            OverdueLoan(loan_id=row.loan_id, step=row.step or 0, last_on=row.last_on)
            for row in rows
        ),
    )
