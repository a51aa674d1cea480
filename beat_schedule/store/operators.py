"""The tables of what operators say: of entries, and of why they changed what."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from beat_schedule.decisions import EntryKind

from .base import Base
from .types import MaybeJson, by_value


class OperatorsEntry(Base):
    """What an operator says of one entry; a row stays for long when it is taken back.

    Of an older Redis it must be known that what it still has is over.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("ix_entry_version", "version"),
        Index(
            "ix_entry_taken_back",
            "changed_at",
            sqlite_where=text("said IS NULL"),
            postgresql_where=text("said IS NULL"),
        ),
    )

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(by_value(EntryKind))
    #: Options as a handler in `scheduler_events` has them; None when it was taken back.
    said: Mapped[dict[str, Any] | None] = mapped_column(MaybeJson)
    #: The newer one wins; rises over the whole table, in the order of the commits.
    version: Mapped[int] = mapped_column(BigInteger)
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Text)


class Audit(Base):
    """Who changed what, by what, and why."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_target", "target", "id"), Index("ix_audit_at", "at"))

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(Text)
    #: `cli`, `run-due`, `api`, …
    by: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(100))
    #: An entry's key, mostly.
    target: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    #: Both None where there was nothing, or is nothing any more.
    before: Mapped[dict[str, Any] | None] = mapped_column(MaybeJson)
    after: Mapped[dict[str, Any] | None] = mapped_column(MaybeJson)
