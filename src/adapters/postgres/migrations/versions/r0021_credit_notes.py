"""Credit notes, and their numbers."""

import sqlalchemy as sa

from alembic import op


revision = "0021"
down_revision = "0020"

_ID = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "credit_notes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("org", _ID, nullable=False),
        sa.Column("invoice", _ID, nullable=False),
        sa.Column("invoice_number", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("tax_rate", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credit_notes"),
        sa.UniqueConstraint("number", name="uq_credit_notes_number"),
    )
    op.create_index("ix_credit_notes_org_number", "credit_notes", ["org", "number"])
    op.create_index("ix_credit_notes_invoice", "credit_notes", ["invoice"])
    op.create_table(
        "credit_note_numbers",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_credit_note_numbers"),
    )


def downgrade() -> None:
    op.drop_table("credit_note_numbers")
    op.drop_table("credit_notes")
