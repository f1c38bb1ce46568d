"""What operators are told when PostgreSQL does not do what it should."""

import pytest
import sqlalchemy as sa

from adapters.postgres.engine import connect, transaction
from aldea_core.domain.errors import Unavailable
from entrypoints.local.server import free_port


async def away(url: str, statement: str = "SELECT 1") -> Unavailable:
    engine = connect(url)
    with pytest.raises(Unavailable) as raised:
        async with transaction(engine) as connection:
            await connection.execute(sa.text(statement))
    await engine.dispose()
    return raised.value


async def test_nobody_is_there():
    """
    Where it was looked for, and never the password.
    """
    port = free_port()
    error = await away(f"postgresql://aldea:hidden@127.0.0.1:{port}/aldea")

    assert str(error) == "The database is unavailable"
    assert f"127.0.0.1', {port}" in error.in_full
    assert "hidden" not in error.in_full


async def test_there_is_no_such_database(postgres_url):
    """
    In the server's own words.
    """
    error = await away(sa.make_url(postgres_url).set(database="nowhere").render_as_string(False))

    assert error.why == 'database "nowhere" does not exist'


async def test_a_statement_that_fails(postgres_url):
    """
    Is told by its kind: the server's words may repeat what somebody has entered.
    """
    error = await away(postgres_url, "SELECT CAST('ada@example.com' AS integer)")

    assert error.why == "InvalidTextRepresentationError"
