"""Second factors of users, and when a sign-in was used last."""

import sqlalchemy as sa

from alembic import op


revision = "0019"
down_revision = "0018"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("last_seen", _MOMENT))
    op.create_table(
        "second_factors",
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("confirmed", _MOMENT),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("recovery", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_second_factors"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="fk_second_factors_user_users", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("second_factors")
    op.drop_column("sign_ins", "last_seen")
