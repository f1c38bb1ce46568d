"""Sign-ins that only read one org: operators' views."""

import sqlalchemy as sa

from alembic import op


revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("org", sa.String(64)))


def downgrade() -> None:
    op.execute("DELETE FROM sign_ins WHERE org IS NOT NULL")  # they would open everything
    op.drop_column("sign_ins", "org")
