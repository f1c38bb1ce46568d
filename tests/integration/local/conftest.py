"""One running PostgreSQL for whoever only asks it."""

from tests.servers.postgres import postgres


__all__ = ["postgres"]
