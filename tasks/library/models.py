"""The library's own tables.

Titles, names and addresses stand in `library_member` and `library_article` alone: the outbox
holds ids, and a mail is written when it is sent.
"""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from beat_schedule.store.types import TYPES, by_value, metadata

#: The longest id that an import takes.
ID_LENGTH = 64


class LibraryBase(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = TYPES


class Kind(enum.StrEnum):
    """What happened to an article."""

    ISSUE = "issue"
    RETURN = "return"
    RENEW = "renew"
    LOST = "lost"


#: After these an article is out, and the loan's days are counted from them.
LENDING = (Kind.ISSUE, Kind.RENEW)


class NoticeState(enum.StrEnum):
    """Where a notice stands; only `queued` is ever sent."""

    QUEUED = "queued"
    #: Claimed: a mail of it is on its way.
    SENDING = "sending"
    SENT = "sent"
    #: Refused for good, or too often for now.
    FAILED = "failed"
    #: Its sender died, or the server fell silent, in the middle: perhaps sent, so not sent again.
    UNSURE = "unsure"
    #: The member has no address any more, has opted out or is blocked.
    NO_ADDRESS = "no address"
    #: Kept back by the allow-list of a test system.
    WITHHELD = "withheld"
    #: Everything in it came back before it was sent.
    RETURNED = "returned"


#: A member with one of these gets no further notice before it is through.
PENDING = (NoticeState.QUEUED, NoticeState.SENDING)


class Member(LibraryBase):
    """Somebody who borrows."""

    __tablename__ = "library_member"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    #: `en` or `fr`; None takes the library's.
    language: Mapped[str | None] = mapped_column(String(2))
    opted_out: Mapped[bool] = mapped_column(default=False, server_default=false())
    blocked: Mapped[bool] = mapped_column(default=False, server_default=false())


class Article(LibraryBase):
    """Something that is lent."""

    __tablename__ = "library_article"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    title: Mapped[str] = mapped_column(Text)


class Transaction(LibraryBase):
    """One thing that happened to an article; the latest one says where the article is."""

    __tablename__ = "library_transaction"
    __table_args__ = (
        Index("ix_library_transaction_latest", "article_id", "at", "sequence"),
        Index("ix_library_transaction_member_id", "member_id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("library_article.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("library_member.id"))
    type: Mapped[Kind] = mapped_column(by_value(Kind))
    at: Mapped[datetime]
    #: Decides between transactions of the same instant: the greater is the later.
    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    #: When this row was last written: what a waiting notice could not know yet.
    recorded_at: Mapped[datetime]


class Setting(LibraryBase):
    """One setting that differs from its default, as text."""

    __tablename__ = "library_setting"

    name: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Notice(LibraryBase):
    """The outbox: one mail to one member, written down before it is sent."""

    __tablename__ = "library_notice"
    __table_args__ = (
        #: Nobody is mailed twice: the same loans at the same step are one notice.
        UniqueConstraint("member_id", "loans", "step", name="uq_library_notice_member_loans_step"),
        Index("ix_library_notice_state_next_try_at", "state", "next_try_at"),
    )

    #: Derived from member, loans and step, and so is the mail's Message-ID.
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("library_member.id"))
    #: Fingerprint of the loans whose step this notice is.
    loans: Mapped[str] = mapped_column(String(64))
    #: The highest step among them: 1 is the first notice.
    step: Mapped[int]
    #: The logical date of the run that queued it.
    on_date: Mapped[date]
    state: Mapped[NoticeState] = mapped_column(by_value(NoticeState))
    queued_at: Mapped[datetime]
    queued_by: Mapped[uuid.UUID]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: Drawn by who claims it: only that one may say how it ended.
    claim: Mapped[uuid.UUID | None]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[uuid.UUID | None]
    #: Why it is not sent: a class of error and the server's code, never an address.
    reason: Mapped[str | None] = mapped_column(String(200))


class NoticeItem(LibraryBase):
    """One loan in one notice."""

    __tablename__ = "library_notice_item"
    #: Each step of a loan belongs to one notice, whatever else stands in it.
    __table_args__ = (
        UniqueConstraint("loan_id", "step", name="uq_library_notice_item_loan_id_step"),
    )

    notice_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("library_notice.id", ondelete="CASCADE"), primary_key=True
    )
    #: The issue or renewal from which the days are counted.
    loan_id: Mapped[str] = mapped_column(
        ForeignKey("library_transaction.id"), primary_key=True, index=True
    )
    #: None: listed beside the others, not due for a notice of its own.
    step: Mapped[int | None]
    on_date: Mapped[date]
