"""To whom plans are offered: to nobody any more, or to one org alone."""

import sqlalchemy as sa

from alembic import op


revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("plans", sa.Column("org", sa.String(64)))
    op.add_column("plans", sa.Column("archived", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("plans", "archived")
    op.drop_column("plans", "org")
