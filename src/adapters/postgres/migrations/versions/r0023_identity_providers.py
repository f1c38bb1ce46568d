"""Identity providers of orgs, sign-ins by them, passkeys, and ceremonies that have begun."""

import sqlalchemy as sa

from alembic import op


revision = "0023"
down_revision = "0022"

_ID = sa.String(64)
_URL = sa.String(2000)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("company", _ID))
    op.create_table(
        "identity_providers",
        sa.Column("org", _ID, nullable=False),
        sa.Column("issuer", _URL, nullable=False),
        sa.Column("client_id", sa.String(300), nullable=False),
        sa.Column("client_secret", sa.String(1000), nullable=False),
        sa.Column("authorization_endpoint", _URL, nullable=False),
        sa.Column("token_endpoint", _URL, nullable=False),
        sa.Column("keys_endpoint", _URL, nullable=False),
        sa.Column("domains", sa.JSON, nullable=False),
        sa.Column("proof", sa.String(100), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("admits_new", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_identity_providers"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_identity_providers_org_orgs", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "provider_domains",
        sa.Column("domain", sa.String(254), nullable=False),
        sa.Column("org", _ID, nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_provider_domains"),
        sa.ForeignKeyConstraint(
            ["org"], ["orgs.id"], name="fk_provider_domains_org_orgs", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_provider_domains_org", "provider_domains", ["org"])
    op.create_table(
        "ceremonies",
        sa.Column("token", _ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_ceremonies"),
    )
    op.create_index("ix_ceremonies_expires", "ceremonies", ["expires"])
    op.create_table(
        "passkeys",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user", _ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("credential", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("last_used", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential", name="uq_passkeys_credential"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="fk_passkeys_user_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_passkeys_user", "passkeys", ["user"])


def downgrade() -> None:
    for table in ("passkeys", "ceremonies", "provider_domains", "identity_providers"):
        op.drop_table(table)
    op.drop_column("sign_ins", "company")
