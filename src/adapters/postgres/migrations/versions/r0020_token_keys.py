"""Which API keys are those behind the listening tokens of people."""

import sqlalchemy as sa

from alembic import op


revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column(
        "api_keys",
        sa.Column("for_tokens", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("api_keys", "for_tokens")
