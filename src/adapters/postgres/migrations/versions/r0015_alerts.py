"""Thresholds of alerts, and who wants no emails; the keys that expire next."""

import sqlalchemy as sa

from alembic import op


revision = "0015"
down_revision = "0014"

_ID = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "alert_thresholds",
        sa.Column("org", _ID, nullable=False),
        sa.Column("percents", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_alert_thresholds"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_alert_thresholds_org_orgs", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "alert_opt_outs",
        sa.Column("org", _ID, nullable=False),
        sa.Column("user", _ID, nullable=False),
        sa.PrimaryKeyConstraint("org", "user", name="pk_alert_opt_outs"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_alert_opt_outs_org_orgs", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="fk_alert_opt_outs_user_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_alert_opt_outs_user", "alert_opt_outs", ["user"])
    op.create_index("ix_api_keys_expires", "api_keys", ["expires"])


def downgrade() -> None:
    op.drop_index("ix_api_keys_expires", "api_keys")
    op.drop_table("alert_opt_outs")
    op.drop_table("alert_thresholds")
