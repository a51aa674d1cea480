"""Attempts, events, features and incidents; what a run may say of how far it is."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "hookbeat_0003"
down_revision = "hookbeat_0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

def upgrade() -> None:
    for column in _columns():
        op.add_column("run", column)
    op.drop_index("ix_run_waiting", table_name="run")
    _index("ix_run_waiting", "run", ["not_before"], where="state = 'waiting'")
    _index("ix_run_running", "run", ["id"], where="state = 'running'")
    _index(
        "ix_run_entry_finished_at",
        "run",
        ["entry", "finished_at"],
        where="finished_at IS NOT NULL",
    )
    _index(
        "ix_run_fingerprint",
        "run",
        ["fingerprint", "finished_at"],
        where="fingerprint IS NOT NULL",
    )
    op.create_table(
        "attempt",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(300), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("ending", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_attempt"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name="fk_attempt_run_id_run", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "run_event",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_event"),
    )
    op.create_index("ix_run_event_run", "run_event", ["run", "at"])
    op.create_index("ix_run_event_at", "run_event", ["at"])
    op.create_table(
        "feature",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feature"),
    )
    op.create_table(
        "revision",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_revision"),
    )
    op.create_table(
        "incident",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_told_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    _index("ix_incident_open", "incident", ["entry", "kind"], where="ended_at IS NULL", unique=True)
    op.create_index("ix_incident_began_at", "incident", ["entry", "kind", "began_at"], unique=True)
    _index(
        "ix_incident_to_tell",
        "incident",
        ["id"],
        where="told_at IS NOT NULL AND ended_at IS NOT NULL AND ended_told_at IS NULL",
    )


def downgrade() -> None:
    for table in ("incident", "revision", "feature", "run_event", "attempt"):
        op.drop_table(table)
    for index in ("fingerprint", "entry_finished_at", "running", "waiting"):
        op.drop_index(f"ix_run_{index}", table_name="run")
    _index("ix_run_waiting", "run", ["due_at"], where="state = 'waiting'")
    for column in reversed(_columns()):
        op.drop_column("run", column.name)


def _index(
    name: str, table: str, columns: list[str], *, where: str, unique: bool = False
) -> None:
    rows = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=rows, postgresql_where=rows
    )


def _columns() -> list[sa.Column[Any]]:
    """Anew for each migration: a column belongs to one table."""
    return [
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("celery_id", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("failed_count", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("has_message", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reruns", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("progress_done", sa.BigInteger(), nullable=True),
        sa.Column("progress_total", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("versions", JSON, nullable=False, server_default=sa.text("'{}'")),
    ]
