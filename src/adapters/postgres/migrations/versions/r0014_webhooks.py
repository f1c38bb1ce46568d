"""Events, endpoints of webhooks, and deliveries with their attempts."""

import sqlalchemy as sa

from alembic import op


revision = "0014"
down_revision = "0013"

_ID = sa.String(64)
_MOMENT = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("org", _ID, nullable=False),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("once", sa.String(200)),
        sa.Column("is_dispatched", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("org", "once", name="uq_events_org_once"),
    )
    op.create_index("ix_events_org_at", "events", ["org", "at", "id"])
    waiting = sa.text("NOT is_dispatched")
    op.create_index(
        "ix_events_waiting", "events", ["at"], postgresql_where=waiting, sqlite_where=waiting
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", _ID, nullable=False),
        sa.Column("org", _ID, nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("old_secret", sa.String(100)),
        sa.Column("old_secret_expires", _MOMENT),
        sa.Column("failing_since", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_webhook_endpoints_org_orgs", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_webhook_endpoints_org", "webhook_endpoints", ["org"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("org", _ID, nullable=False),
        sa.Column("endpoint", _ID, nullable=False),
        sa.Column("event", _ID, nullable=False),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next", _MOMENT),
        sa.Column("answered", sa.Integer),
        sa.Column("problem", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.ForeignKeyConstraint(
            ["endpoint"],
            ["webhook_endpoints.id"],
            name="fk_webhook_deliveries_endpoint_webhook_endpoints",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint", "created", "id"]
    )
    due = sa.text("next IS NOT NULL")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next"],
        postgresql_where=due,
        sqlite_where=due,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("delivery", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer),
        sa.Column("problem", sa.String(300), nullable=False),
        sa.Column("response", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["webhook_deliveries.id"],
            name="fk_webhook_attempts_delivery_webhook_deliveries",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_webhook_attempts_delivery", "webhook_attempts", ["delivery"])


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_endpoints", "events"):
        op.drop_table(table)
