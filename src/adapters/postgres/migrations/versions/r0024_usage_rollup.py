"""The ledger added up by UTC hour and day, and the triggers that keep the sums."""

import sqlalchemy as sa

from alembic import op

from adapters.postgres.migrations.usage_rollups import USAGE


revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "usage_rollup",
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(4), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("is_silent", sa.Boolean, nullable=False),
        sa.Column("sessions", sa.BigInteger, nullable=False),
        sa.Column("audio_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "org",
            "unit",
            "began",
            "key",
            "kind",
            "model",
            "status",
            "reason",
            "is_silent",
            name="pk_usage_rollup",
        ),
    )
    # The triggers come first: making them locks the ledger, so that no record is missed.
    USAGE.make(op.get_bind())
    USAGE.fill(op.get_bind())


def downgrade() -> None:
    USAGE.drop(op.get_bind())
    op.drop_table("usage_rollup")
