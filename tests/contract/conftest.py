"""A SQLite file at the newest schema for every test: a copy of one that was migrated once."""

import asyncio
import shutil

from pathlib import Path

import pytest

from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "aldea.db"

    async def make() -> None:
        engine = connect(f"sqlite:///{path}")
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make())
    return path


@pytest.fixture
async def database(migrated, tmp_path):
    engine = connect(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    yield engine
    await engine.dispose()
