"""Outbox rows know the trace of the transaction that wrote them."""

import sqlalchemy as sa

from alembic import op


revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("org_changes", sa.Column("trace", sa.String(64)))
    if op.get_bind().dialect.name == "postgresql":
        # A default of the column, so that the triggers stay as they are.
        op.get_bind().exec_driver_sql(
            "ALTER TABLE org_changes ALTER COLUMN trace "
            "SET DEFAULT nullif(current_setting('aldea.trace', true), '')"
        )


def downgrade() -> None:
    op.drop_column("org_changes", "trace")
