"""Make the tables `occurrence`, `checkpoint` and `hold`; find waiting runs without a search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "hookbeat_0002"
down_revision = "hookbeat_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AWAITED = sa.text("awaited_since IS NOT NULL")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "occurrence",
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("first_due", INSTANT, nullable=False),
        sa.Column("last_due", INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("run", sa.Uuid(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("awaited_since", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("entry", "first_due", name="pk_occurrence"),
    )
    op.create_index("ix_occurrence_last_due", "occurrence", ["last_due"])
    op.create_index(
        "ix_occurrence_awaited_since",
        "occurrence",
        ["awaited_since"],
        sqlite_where=AWAITED,
        postgresql_where=AWAITED,
    )
    op.create_table(
        "checkpoint",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("install_id", sa.String(100), nullable=False),
        sa.Column("cursor", INSTANT, nullable=True),
        sa.Column("owing", JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_checkpoint"),
    )
    op.create_table(
        "hold",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("target", name="pk_hold"),
    )
    op.create_index(
        "ix_run_waiting", "run", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def downgrade() -> None:
    op.drop_index("ix_run_waiting", table_name="run")
    op.drop_table("hold")
    op.drop_table("checkpoint")
    op.drop_index("ix_occurrence_awaited_since", table_name="occurrence")
    op.drop_index("ix_occurrence_last_due", table_name="occurrence")
    op.drop_table("occurrence")
