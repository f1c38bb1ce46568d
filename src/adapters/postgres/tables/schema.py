"""All tables together, for what migrates and compares them. Stores import those that they read."""

from adapters.postgres.tables import (
    accounts,
    invoices,
    notifications,
    people,
    plans,
    platform,
    sign_in_methods,
    usage,
)
from adapters.postgres.tables.metadata import metadata


__all__ = [
    "accounts",
    "invoices",
    "metadata",
    "notifications",
    "people",
    "plans",
    "platform",
    "sign_in_methods",
    "usage",
]
