"""Migrates a database to a revision of the schema, and compares it with the tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres import triggers, usage_rollup
from adapters.postgres.engine import connect, database_errors_as_ours
from adapters.postgres.tables.schema import metadata
from aldea_core.domain.errors import AldeaError


_LOCK = 7_204_501_136  # key of the advisory lock, arbitrary but fixed


class UnknownRevision(AldeaError):
    """There is no such revision. The text names it."""


async def migrate(engine: AsyncEngine, revision: str = "head") -> str:
    """
    Upgrades or downgrades the database to *revision* ("base" is the empty database) and returns the
    revision it then has.

    Of several processes that migrate at once, one migrates and the others wait. With "head", a
    database that is newer than this program stays as it is.

    Raises:
        UnknownRevision: There is no revision of that name.
    """

    def run(connection: sa.Connection) -> str:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        scripts = ScriptDirectory.from_config(config)
        known = {script.revision for script in scripts.walk_revisions()}
        current = _current(connection)
        if current not in known and current is not None:
            if revision == "head":
                return current
            raise UnknownRevision(f"The database is at {current}, which is newer than this Aldea.")
        try:
            passed = [script.revision for script in scripts.iterate_revisions(current, "base")]
            if revision == "base" or revision in passed:
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
        except CommandError as error:
            raise UnknownRevision(f"There is no revision {revision!r}.") from error
        return _current(connection) or "base"

    async with _patient(engine) as patient, patient.begin() as connection:
        return await connection.run_sync(run)


async def refill_rollup(engine: AsyncEngine) -> None:
    """
    Computes the sums of usage by hour and day anew, as after a repair of the ledger by hand without
    triggers. Usage waits to be recorded meanwhile.
    """
    async with _patient(engine) as patient, patient.begin() as connection:
        await connection.run_sync(usage_rollup.refill)


def _current(connection: sa.Connection) -> str | None:
    current: str | None = MigrationContext.configure(connection).get_current_revision()
    return current


@asynccontextmanager
async def _patient(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An engine without a timeout of statements."""
    if engine.dialect.name != "postgresql":
        with database_errors_as_ours():
            yield engine
        return
    patient = connect(engine.url.render_as_string(hide_password=False), statement_seconds=None)
    try:
        with database_errors_as_ours():
            yield patient
    finally:
        await patient.dispose()


async def drift(engine: AsyncEngine) -> list[Any]:
    """
    What differs between the database and `tables`, its triggers, and the sums that triggers keep.
    Empty if the migrations are complete.
    """

    def compare(connection: sa.Connection) -> list[Any]:
        differences: list[Any] = compare_metadata(
            MigrationContext.configure(connection),
            metadata,
        )
        differences += [("missing_trigger", name) for name in triggers.missing(connection)]
        if not differences:
            differences += usage_rollup.differences(connection)
        return differences

    async with _patient(engine) as patient, patient.connect() as connection:
        return await connection.run_sync(compare)
