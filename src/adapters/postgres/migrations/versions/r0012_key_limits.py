"""Models and limits of API keys."""

import sqlalchemy as sa

from alembic import op

from adapters.postgres.migrations import org_triggers


revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # Watched anew: on SQLite a trigger names the columns whose changes it notices.
    org_triggers.unwatch("api_keys")
    op.add_column("api_keys", sa.Column("models", sa.JSON))
    op.add_column("api_keys", sa.Column("limits", sa.JSON))
    org_triggers.watch("api_keys", ignoring=["last_used"])


def downgrade() -> None:
    org_triggers.unwatch("api_keys")
    op.drop_column("api_keys", "limits")
    op.drop_column("api_keys", "models")
    org_triggers.watch("api_keys", ignoring=["last_used"])
