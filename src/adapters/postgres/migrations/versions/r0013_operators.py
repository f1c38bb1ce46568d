"""Why an org is suspended, and the orders in which operators list users and invoices."""

import sqlalchemy as sa

from alembic import op


revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "orgs",
        sa.Column("suspension_reason", sa.String(200), nullable=False, server_default=""),
    )
    op.create_index("ix_users_created_id", "users", ["created", "id"])
    op.create_index("ix_invoices_month_made", "invoices", ["month", "made", "id"])


def downgrade() -> None:
    op.drop_index("ix_invoices_month_made", "invoices")
    op.drop_index("ix_users_created_id", "users")
    op.drop_column("orgs", "suspension_reason")
