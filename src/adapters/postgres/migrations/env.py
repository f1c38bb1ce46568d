"""Alembic runs this module, on the connection that `migrate` passes in the configuration."""

from alembic import context

from adapters.postgres.tables.schema import metadata


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
