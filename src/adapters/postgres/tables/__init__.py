"""The tables. Migrations must lead to exactly these; a test compares them."""

from adapters.postgres.tables import billing, notifications, people, platform, sign_in_methods
from adapters.postgres.tables.accounts import api_keys, gone_orgs, org_changes, org_limits, orgs
from adapters.postgres.tables.metadata import metadata
from adapters.postgres.tables.usage import usage_records, usage_rollup, usage_tag_rollup


__all__ = [
    "api_keys",
    "billing",
    "gone_orgs",
    "metadata",
    "notifications",
    "org_changes",
    "org_limits",
    "orgs",
    "people",
    "platform",
    "sign_in_methods",
    "usage_records",
    "usage_rollup",
    "usage_tag_rollup",
]
