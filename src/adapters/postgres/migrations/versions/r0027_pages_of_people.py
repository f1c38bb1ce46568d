"""The orders of paging through an org's members and invitations."""

from alembic import op


revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_index("ix_memberships_org_since_user", "memberships", ["org", "since", "user"])
    op.create_index("ix_invitations_org_created_id", "invitations", ["org", "created", "id"])


def downgrade() -> None:
    op.drop_index("ix_invitations_org_created_id", table_name="invitations")
    op.drop_index("ix_memberships_org_since_user", table_name="memberships")
