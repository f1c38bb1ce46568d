"""
Orgs, their limits and API keys, and the outbox of their changes.

`triggers` write versions and the outbox; no statement of Aldea does.
"""

import sqlalchemy as sa

from adapters.postgres.tables.column_types import BigId, JsonTuple, Member, Moment
from adapters.postgres.tables.metadata import metadata, part_of
from aldea_core.domain.access.limits import OrgStatus


orgs = sa.Table(
    "orgs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("status", Member(OrgStatus, 20), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("suspension_reason", sa.String(200), nullable=False, server_default=""),
    # The order of paging through all orgs.
    sa.Index("ix_orgs_created_id", "created", "id"),
)

# A missing limit is the plan's, so that plans can change.
org_limits = sa.Table(
    "org_limits",
    metadata,
    sa.Column("org", part_of(orgs), primary_key=True),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.BigInteger),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("org", part_of(orgs), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("hint", sa.String(20), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("tags", JsonTuple, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment),
    sa.Column("revoked", Moment),
    sa.Column("last_used", Moment),
    sa.Column("models", JsonTuple),
    sa.Column("limits", sa.JSON(none_as_null=True)),
    sa.Column("for_tokens", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_api_keys_expires", "expires"),
    sa.Index("ix_api_keys_org_created_id", "org", "created", "id"),
)

org_changes = sa.Table(
    "org_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("org", sa.String(64), nullable=False),
    # A traceparent; on PostgreSQL by default the transaction's (`traces`).
    sa.Column("trace", sa.String(64)),
)

# Tombstones of deleted orgs: a version above all versions the org had, so that no late snapshot
# restores it.
gone_orgs = sa.Table(
    "gone_orgs",
    metadata,
    sa.Column("org", sa.String(64), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)
