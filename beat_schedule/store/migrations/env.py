"""What Alembic runs: every step on the connection and in the transaction that `migrate` opened."""

from alembic import context

from beat_schedule.store.models import Run

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=Run.metadata,
)
with context.begin_transaction():
    context.run_migrations()
