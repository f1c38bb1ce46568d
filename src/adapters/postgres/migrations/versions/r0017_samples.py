"""What the platform's processes measured, one row for each series and minute."""

import sqlalchemy as sa

from alembic import op


revision = "0017"
down_revision = "0016"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column("series", sa.String(300), nullable=False),
        sa.Column("minute", _MOMENT, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("series", "minute", name="pk_samples"),
    )


def downgrade() -> None:
    op.drop_table("samples")
