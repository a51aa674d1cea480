"""Finding what went wrong of late without looking at what went well."""

import sqlalchemy as sa
from alembic import op

revision = "hookbeat_0005"
down_revision = "hookbeat_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index(
        "ix_run_went_wrong",
        "run",
        ["finished_at"],
        where="outcome IN ('failed', 'timed out', 'lost', 'expired')",
    )
    _index(
        "ix_occurrence_went_wrong",
        "occurrence",
        ["last_due"],
        where="decision IN ('missed', 'expired', 'error')",
    )


def downgrade() -> None:
    op.drop_index("ix_occurrence_went_wrong", table_name="occurrence")
    op.drop_index("ix_run_went_wrong", table_name="run")


def _index(name: str, table: str, columns: list[str], *, where: str) -> None:
    rows = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)
