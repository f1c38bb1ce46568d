"""The plans that orgs had when they were deleted, by which usage that comes in later is billed."""

import sqlalchemy as sa

from alembic import op


revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "gone_subscriptions",
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("since", sa.String(7), nullable=False),
        sa.Column("plan", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("org", "since", name="pk_gone_subscriptions"),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name="fk_gone_subscriptions_plan_plans"),
    )


def downgrade() -> None:
    op.drop_table("gone_subscriptions")
