"""Triggers that put every change of an org into the outbox, and tombstones of deleted orgs."""

import sqlalchemy as sa

from alembic import op

from adapters.postgres.migrations import org_triggers


revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "gone_orgs",
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_gone_orgs"),
    )
    org_triggers.make_functions()
    org_triggers.watch_orgs()
    org_triggers.watch("org_limits")
    # Gateways do not need the time of a key's last use.
    org_triggers.watch("api_keys", ignoring=["last_used"])


def downgrade() -> None:
    org_triggers.unwatch("api_keys")
    org_triggers.unwatch("org_limits")
    org_triggers.unwatch_orgs()
    org_triggers.drop_functions()
    op.drop_table("gone_orgs")
