"""A user's time zone and language, and changes of addresses."""

import sqlalchemy as sa

from alembic import op


revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("users", sa.Column("zone", sa.String(64), nullable=False, server_default="UTC"))
    op.add_column(
        "users", sa.Column("language", sa.String(35), nullable=False, server_default="en")
    )
    op.create_table(
        "email_changes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_token", sa.String(64)),
        sa.Column("to_token", sa.String(64)),
        sa.Column("from_confirmed", sa.Boolean, nullable=False),
        sa.Column("to_confirmed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_changes"),
        sa.UniqueConstraint("user", name="uq_email_changes_user"),
        sa.UniqueConstraint("from_token", name="uq_email_changes_from_token"),
        sa.UniqueConstraint("to_token", name="uq_email_changes_to_token"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="fk_email_changes_user_users", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("email_changes")
    op.drop_column("users", "language")
    op.drop_column("users", "zone")
