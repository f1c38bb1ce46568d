"""Customer, tax and due date of deleted orgs, by which usage that comes in later is invoiced."""

import sqlalchemy as sa

from alembic import op


revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "kept_terms",
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("customer", sa.JSON, nullable=False),
        sa.Column("tax_rate", sa.String(40), nullable=False),
        sa.Column("payment_days", sa.Integer, nullable=False),
        sa.Column("kept", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_kept_terms"),
    )


def downgrade() -> None:
    op.drop_table("kept_terms")
