"""One running PostgreSQL for tests that only read from it."""

from tests.servers.postgres import postgres, postgres_folder


__all__ = ["postgres", "postgres_folder"]
