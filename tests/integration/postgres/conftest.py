"""Every test here has its own PostgreSQL database."""

import pytest

from tests.servers.postgres import empty_postgres_url, postgres, postgres_folder, postgres_url

from adapters.postgres.engine import connect


__all__ = ["empty_postgres_url", "postgres", "postgres_folder", "postgres_url"]


@pytest.fixture
async def database(postgres_url):
    """Connected, at the newest schema."""
    engine = connect(postgres_url)
    yield engine
    await engine.dispose()
