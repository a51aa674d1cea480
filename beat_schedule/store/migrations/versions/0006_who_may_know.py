"""Since when somebody may know of an incident, so that its end is told to them in any case."""

import sqlalchemy as sa
from alembic import op

revision = "hookbeat_0006"
down_revision = "hookbeat_0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

_INDEX = "ix_incident_to_tell"


def upgrade() -> None:
    op.drop_index(_INDEX, table_name="incident")
    op.add_column("incident", sa.Column("telling_at", INSTANT, nullable=True))
    op.execute("UPDATE incident SET telling_at = told_at WHERE told_at IS NOT NULL")
    _index(of="telling_at IS NOT NULL")


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="incident")
    op.drop_column("incident", "telling_at")
    _index(of="told_at IS NOT NULL")


def _index(*, of: str) -> None:
    rows = sa.text(f"{of} AND ended_at IS NOT NULL AND ended_told_at IS NULL")
    op.create_index(_INDEX, "incident", ["id"], sqlite_where=rows, postgresql_where=rows)
