"""Bringing a database to the newest schema, and comparing it with the tables."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres import triggers
from adapters.postgres.engine import database_errors_as_ours
from adapters.postgres.tables import metadata


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """
    Goes up to *revision*, or down to it ("base" is the empty database).

    Raises:
        Unavailable: The database does not answer.
    """

    def run(connection: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)

    with database_errors_as_ours():
        async with engine.begin() as connection:
            await connection.run_sync(run)


async def drift(engine: AsyncEngine) -> list[Any]:
    """
    What differs between the database and `tables` and `triggers.WATCHED`; nothing, if the
    migrations are complete.

    Raises:
        Unavailable: The database does not answer.
    """

    def compare(connection: sa.Connection) -> list[Any]:
        differences: list[Any] = compare_metadata(
            MigrationContext.configure(connection),
            metadata,
        )
        return differences + [("missing_trigger", name) for name in triggers.missing(connection)]

    with database_errors_as_ours():
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
