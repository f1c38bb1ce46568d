"""All tables together, for what migrates and compares them. Stores import those that they read."""

from adapters.postgres.tables import (  # noqa: F401 (they add themselves to the metadata)
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


__all__ = ["metadata"]
