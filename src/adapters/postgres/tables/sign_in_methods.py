"""How people sign in besides by password: their companies' providers, and passkeys."""

import sqlalchemy as sa

from adapters.postgres.tables.accounts import orgs
from adapters.postgres.tables.column_types import JsonTuple, Member, Moment
from adapters.postgres.tables.metadata import metadata, part_of
from adapters.postgres.tables.people import users
from aldea_core.domain.access.tokens import TokenKind


_ID = sa.String(64)
_HASH = sa.String(64)
_URL = sa.String(2000)


identity_providers = sa.Table(
    "identity_providers",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("issuer", _URL, nullable=False),
    sa.Column("client_id", sa.String(300), nullable=False),
    sa.Column("client_secret", sa.String(1000), nullable=False),
    sa.Column("authorization_endpoint", _URL, nullable=False),
    sa.Column("token_endpoint", _URL, nullable=False),
    sa.Column("keys_endpoint", _URL, nullable=False),
    sa.Column("domains", JsonTuple, nullable=False),
    sa.Column("proof", sa.String(100), nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("admits_new", sa.Boolean, nullable=False),
)

# Domains that orgs have proven to be theirs: each is one org's.
provider_domains = sa.Table(
    "provider_domains",
    metadata,
    sa.Column("domain", sa.String(254), primary_key=True),
    sa.Column("org", part_of(orgs), nullable=False, index=True),
)

ceremonies = sa.Table(
    "ceremonies",
    metadata,
    sa.Column("token", _HASH, primary_key=True),
    sa.Column("kind", Member(TokenKind, 10), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("expires", Moment, nullable=False, index=True),
)

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user", part_of(users), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    # In base64url; an id of a credential has at most 1,023 bytes.
    sa.Column("credential", sa.String(1400), nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("last_used", Moment),
)
