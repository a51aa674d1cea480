"""What operators said and took back is found when it is old."""

import sqlalchemy as sa
from alembic import op

revision = "hookbeat_0007"
down_revision = "hookbeat_0006"
branch_labels = None
depends_on = None

_ROWS = sa.text("said IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_entry_taken_back",
        "entry",
        ["changed_at"],
        sqlite_where=_ROWS,
        postgresql_where=_ROWS,
    )


def downgrade() -> None:
    op.drop_index("ix_entry_taken_back", table_name="entry")
