"""What was credited of an invoice before a credit note, on which the note's tax depends."""

import sqlalchemy as sa

from alembic import op


revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    # Notes of before were taxed each by itself, and keep their tax.
    op.add_column(
        "credit_notes",
        sa.Column("credited_before", sa.BigInteger, nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("credit_notes", "credited_before")
