"""
Which revision of the schema is the newest, and whether a database has it.

Most processes start with a database that has it, and then need not load Alembic, which takes a tenth
of a second.
"""

from pathlib import Path

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.engine import database_errors_as_ours


_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_REVISIONS = sa.table("alembic_version", sa.column("version_num"))


def newest() -> str:
    """The newest revision that this program knows, such as "0031": its file is r0031_….py."""
    return max(path.name[1:5] for path in _VERSIONS.glob("r[0-9]*.py"))


async def is_newest(engine: AsyncEngine) -> bool:
    """
    Whether the database's schema is of the newest revision.

    Raises:
        Unavailable: The database does not answer.
    """

    def look(connection: sa.Connection) -> bool:
        if not sa.inspect(connection).has_table(_REVISIONS.name):
            return False
        revisions = connection.execute(sa.select(_REVISIONS.c.version_num))
        return list(revisions.scalars()) == [newest()]

    with database_errors_as_ours():
        async with engine.connect() as connection:
            return await connection.run_sync(look)
