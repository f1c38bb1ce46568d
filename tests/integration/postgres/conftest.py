"""Every test here has its own PostgreSQL database."""

import pytest

from adapters.postgres.engine import connect


@pytest.fixture
async def database(postgres_url):
    """Connected, at the newest schema."""
    engine = connect(postgres_url)
    yield engine
    await engine.dispose()
