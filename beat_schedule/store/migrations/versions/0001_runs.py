"""Make the tables `run` and `run_line`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "hookbeat_0001"
down_revision = None
branch_labels = ("hookbeat",)
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.String(300), nullable=False),
        sa.Column("task", sa.String(300), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("trigger", sa.String(20), nullable=False),
        sa.Column("queue", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempt_token", sa.Uuid(), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(300), nullable=True),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("lost_count", sa.Integer(), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("worker", sa.String(300), nullable=False),
        sa.Column("args", JSON, nullable=False),
        sa.Column("kwargs", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("slot", name="uq_run_slot"),
    )
    op.create_index("ix_run_entry_due_at", "run", ["entry", "due_at"])
    op.create_index("ix_run_started_at", "run", ["started_at"])
    op.create_table(
        "run_line",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_run_line"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name="fk_run_line_run_id_run", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("run_line")
    op.drop_index("ix_run_started_at", table_name="run")
    op.drop_index("ix_run_entry_due_at", table_name="run")
    op.drop_table("run")
