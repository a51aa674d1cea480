"""What Alembic runs: every step on the connection and in the transaction that `migrate` opened."""

from alembic import context

from beat_schedule.store import incident_table, models, operators  # noqa: F401 -- they name their tables
from beat_schedule.store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=Base.metadata,
)
with context.begin_transaction():
    context.run_migrations()
