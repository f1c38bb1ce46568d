"""The database's schema, for the command that migrates and checks it."""

from entrypoints.settings import Settings


async def migrate_to(settings: Settings, revision: str) -> str:
    """
    Migrates to *revision*; returns the revision the database is at.

    Raises:
        UnknownRevision: There is no such revision.
        Unavailable: The database does not answer; nothing was changed.
    """
    from adapters.postgres.engine import connect
    from adapters.postgres.migrate import migrate

    engine = connect(settings.database_url)
    try:
        return await migrate(engine, revision)
    finally:
        await engine.dispose()


async def refill_sums(settings: Settings) -> None:
    """
    Computes the sums of usage by hour and day anew.

    Raises:
        Unavailable: The database does not answer; nothing was changed.
    """
    from adapters.postgres.engine import connect
    from adapters.postgres.migrate import refill_rollup

    engine = connect(settings.database_url)
    try:
        await refill_rollup(engine)
    finally:
        await engine.dispose()


async def differences(settings: Settings) -> list[str]:
    """
    How the database differs from the tables in the code, in words for an engineer.

    Raises:
        Unavailable: The database does not answer.
    """
    from adapters.postgres.engine import connect
    from adapters.postgres.migrate import drift

    engine = connect(settings.database_url)
    try:
        return [str(difference) for difference in await drift(engine)]
    finally:
        await engine.dispose()
