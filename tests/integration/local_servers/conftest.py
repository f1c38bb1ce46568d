"""One running PostgreSQL for whoever only asks it."""

from tests.servers.postgres import postgres, postgres_folder


__all__ = ["postgres", "postgres_folder"]
