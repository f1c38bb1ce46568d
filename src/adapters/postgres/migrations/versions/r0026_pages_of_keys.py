"""Pages of an org's keys in the order of their creation: ended keys are kept, and there may be many."""

from alembic import op


revision = "0026"
down_revision = "0025"

_ORG = "ix_api_keys_org"
_PAGE = "ix_api_keys_org_created_id"


def upgrade() -> None:
    op.create_index(_PAGE, "api_keys", ["org", "created", "id"])
    op.drop_index(_ORG, "api_keys")


def downgrade() -> None:
    op.create_index(_ORG, "api_keys", ["org"])
    op.drop_index(_PAGE, "api_keys")
