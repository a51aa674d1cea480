"""The table of what somebody is to be told of."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, index_of_few


class IncidentRow(Base):
    """What somebody is to be told of, once when it begins and once when it is over."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "ix_incident_open",
            "entry",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_incident_began_at", "entry", "kind", "began_at", unique=True),
        index_of_few(
            "ix_incident_to_tell",
            "id",
            of=text("telling_at IS NOT NULL AND ended_at IS NOT NULL AND ended_told_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    entry: Mapped[str] = mapped_column(Text)
    #: `failing`, `missed` or `left out`.
    kind: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    run: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    #: Since when somebody may know of it: before the first was told.
    telling_at: Mapped[datetime | None]
    #: When somebody was told that it began, and that it was over.
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_told_at: Mapped[datetime | None]
