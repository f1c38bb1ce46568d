"""An index for paging through all orgs. Without it, every page sorted all of them."""

from alembic import op


revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_orgs_created_id", "orgs", ["created", "id"])


def downgrade() -> None:
    op.drop_index("ix_orgs_created_id", "orgs")
