"""The outbox of emails."""

import sqlalchemy as sa

from alembic import op


revision = "0011"
down_revision = "0010"

_MOMENT = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "emails",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("token_kind", sa.String(10)),
        sa.Column("token_owner", sa.String(64)),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("added", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_emails"),
    )
    op.create_index("ix_emails_status_due", "emails", ["status", "due"])
    op.create_index("ix_emails_token_owner", "emails", ["token_owner"])


def downgrade() -> None:
    op.drop_table("emails")
