"""Billing profiles, terms and tax rates, and what invoices keep of them."""

import sqlalchemy as sa

from alembic import op


revision = "0018"
down_revision = "0017"

_ID = sa.String(64)
_RATE = sa.String(40)


def upgrade() -> None:
    op.create_table(
        "billing_profiles",
        sa.Column("org", _ID, nullable=False),
        sa.Column("customer", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_billing_profiles"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_billing_profiles_org_orgs", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "billing_terms",
        sa.Column("org", _ID, nullable=False),
        sa.Column("tax_rate", _RATE),
        sa.Column("payment_days", sa.Integer),
        sa.PrimaryKeyConstraint("org", name="pk_billing_terms"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_billing_terms_org_orgs", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "tax_rates",
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("rate", _RATE, nullable=False),
        sa.PrimaryKeyConstraint("country", name="pk_tax_rates"),
    )
    op.add_column("invoices", sa.Column("tax_rate", _RATE, nullable=False, server_default="0"))
    op.add_column("invoices", sa.Column("customer", sa.JSON))
    op.add_column(
        "invoices", sa.Column("payment_days", sa.Integer, nullable=False, server_default="14")
    )
    op.add_column("invoices", sa.Column("due", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for column in ("due", "payment_days", "customer", "tax_rate"):
        op.drop_column("invoices", column)
    for table in ("tax_rates", "billing_terms", "billing_profiles"):
        op.drop_table(table)
