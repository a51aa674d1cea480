"""The library's first tables: members, articles, transactions, settings and the outbox."""

import sqlalchemy as sa
from alembic import op

from beat_schedule.store.types import UtcDateTime

revision = "library_0001"
down_revision = None
branch_labels = ("library",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_member",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("language", sa.String(2)),
        sa.Column("opted_out", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("blocked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_member"),
    )
    op.create_table(
        "library_article",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_article"),
    )
    op.create_table(
        "library_transaction",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("article_id", sa.String(64), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_transaction"),
        sa.UniqueConstraint("sequence", name="uq_library_transaction_sequence"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["library_article.id"],
            name="fk_library_transaction_article_id_library_article",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["library_member.id"],
            name="fk_library_transaction_member_id_library_member",
        ),
    )
    op.create_index(
        "ix_library_transaction_latest", "library_transaction", ["article_id", "at", "sequence"]
    )
    op.create_index("ix_library_transaction_member_id", "library_transaction", ["member_id"])
    op.create_table(
        "library_setting",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_library_setting"),
    )
    op.create_table(
        "library_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("loans", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("queued_by", sa.Uuid(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Uuid()),
        sa.Column("claimed_at", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("sent_by", sa.Uuid()),
        sa.Column("reason", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_library_notice"),
        sa.UniqueConstraint(
            "member_id", "loans", "step", name="uq_library_notice_member_loans_step"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["library_member.id"],
            name="fk_library_notice_member_id_library_member",
        ),
    )
    op.create_index(
        "ix_library_notice_state_next_try_at", "library_notice", ["state", "next_try_at"]
    )
    op.create_table(
        "library_notice_item",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer()),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "loan_id", name="pk_library_notice_item"),
        sa.UniqueConstraint("loan_id", "step", name="uq_library_notice_item_loan_id_step"),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["library_notice.id"],
            name="fk_library_notice_item_notice_id_library_notice",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"],
            ["library_transaction.id"],
            name="fk_library_notice_item_loan_id_library_transaction",
        ),
    )
    op.create_index("ix_library_notice_item_loan_id", "library_notice_item", ["loan_id"])


def downgrade() -> None:
    for table in (
        "library_notice_item",
        "library_notice",
        "library_setting",
        "library_transaction",
        "library_article",
        "library_member",
    ):
        op.drop_table(table)
