"""The database's schema, for the command that migrates and checks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from entrypoints.settings import Settings


if TYPE_CHECKING:
    from adapters.postgres.engine import Database


async def migrate_to(settings: Settings, revision: str) -> str:
    """
    Migrates to *revision*; returns the revision the database is at.

    Raises:
        UnknownRevision: There is no such revision.
        Unavailable: The database does not answer; nothing was changed.
    """
    from adapters.postgres.migrate import migrate

    async with _database(settings) as database:
        return await migrate(database, revision)


async def refill_sums(settings: Settings) -> None:
    """
    Computes the sums of usage by hour and day anew.

    Raises:
        Unavailable: The database does not answer; nothing was changed.
    """
    from adapters.postgres.migrate import refill_rollup

    async with _database(settings) as database:
        await refill_rollup(database)


async def differences(settings: Settings) -> list[str]:
    """How the database differs from the tables in the code, in words for an engineer."""
    from adapters.postgres.migrate import drift

    async with _database(settings) as database:
        return [str(difference) for difference in await drift(database)]


@asynccontextmanager
async def _database(settings: Settings) -> "AsyncIterator[Database]":
    from adapters.postgres.engine import connect

    database = connect(settings.database_url)
    try:
        yield database
    finally:
        await database.dispose()
