"""Which notices are due to be sent, and what each would say at this moment.

A notice holds ids; name, address, language and titles are read when it is sent. What has come
back since it was queued is left out.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from .addresses import valid_address
from .models import (
    LENDING,
    Article,
    Member,
    Notice,
    NoticeItem,
    NoticeState,
    Transaction,
)
from .notices import Item, Letter
from .overdue import Later, has_later
from .settings.specs import LibrarySettings
from .words import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A queued notice with its letter, or with the reason why it has none."""

    notice_id: uuid.UUID
    member_id: str
    attempts: int
    letter: Letter | None
    #: How it ends without a letter.
    state: NoticeState = NoticeState.NO_ADDRESS


def due_parcels(
    session: Session, settings: LibrarySettings, until: datetime, now: datetime
) -> list[Parcel]:
    """The next page of notices whose time has come by `until`: longest waiting, then by member."""
    due = (
        _queued()
        .where(Notice.next_try_at <= until)
        .order_by(Notice.next_try_at, Notice.member_id, Notice.id)
        .limit(settings.batch_size)
    )
    return _parcels(session, settings, due, now)


def parcels_of(
    session: Session, settings: LibrarySettings, notice_ids: Sequence[uuid.UUID], now: datetime
) -> list[Parcel]:
    """These notices, so far as they are queued."""
    return _parcels(session, settings, _queued().where(Notice.id.in_(notice_ids)), now)


def _queued() -> "Select[uuid.UUID, int, Member]":
    return (
        select(Notice.id, Notice.attempts, Member)
        .join(Member, Member.id == Notice.member_id)
        .where(Notice.state == NoticeState.QUEUED)
    )


def _parcels(
    session: Session,
    settings: LibrarySettings,
    statement: Select[uuid.UUID, int, Member],
    now: datetime,
) -> list[Parcel]:
    notices = session.execute(statement).all()
    items = _items(session, settings, [row.id for row in notices], now)
    return [_parcel(row, items[row.id], settings) for row in notices]


def _items(
    session: Session, settings: LibrarySettings, notice_ids: list[uuid.UUID], now: datetime
) -> dict[uuid.UUID, list[Item]]:
    found: dict[uuid.UUID, list[Item]] = defaultdict(list)
    rules = settings.rules
    for row in session.execute(_still_out(notice_ids, now)):
        due_on = rules.due_on(rules.lent_on(row.at))
        found[row.notice_id].append(Item(article_id=row.id, title=row.title, due_on=due_on))
    return found


def _still_out(
    notice_ids: list[uuid.UUID], now: datetime
) -> "Select[uuid.UUID, datetime, str, str]":
    """Their loans, save those of which something later was recorded after the notice."""
    return (
        select(NoticeItem.notice_id, Transaction.at, Article.id, Article.title)
        .join(Notice, Notice.id == NoticeItem.notice_id)
        .join(Transaction, Transaction.id == NoticeItem.loan_id)
        .join(Article, Article.id == Transaction.article_id)
        .where(
            NoticeItem.notice_id.in_(notice_ids),
            Transaction.type.in_(LENDING),
            Transaction.member_id == Notice.member_id,
            ~has_later((Later.recorded_at > Notice.queued_at) & (Later.at <= now)),
        )
        .order_by(NoticeItem.notice_id, Transaction.at, Transaction.sequence)
    )


def _parcel(
    row: "Row[uuid.UUID, int, Member]", items: list[Item], settings: LibrarySettings
) -> Parcel:
    member: Member = row.Member
    address = None if member.opted_out or member.blocked else valid_address(member.email)
    language = member.language if member.language in WORDS else settings.language
    letter = None
    if address is not None and items:
        letter = Letter(
            notice_id=row.id,
            name=member.name,
            address=address,
            language=language or settings.language,
            items=tuple(items),
        )
    return Parcel(
        notice_id=row.id,
        member_id=member.id,
        attempts=row.attempts,
        letter=letter,
        state=NoticeState.NO_ADDRESS if items else NoticeState.RETURNED,
    )
