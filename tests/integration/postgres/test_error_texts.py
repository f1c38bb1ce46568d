"""Error texts for operators when PostgreSQL fails."""

import asyncio
import os
import signal

import asyncpg
import psutil
import pytest
import sqlalchemy as sa

from adapters.local_servers.postgres import LocalPostgres
from adapters.local_servers.server import CannotStart, free_port
from adapters.postgres.engine import connect, transaction
from adapters.postgres.error_texts import why
from aldea_core.domain.errors import Unavailable


async def away(url: str, statement: str = "SELECT 1") -> Unavailable:
    engine = connect(url)
    with pytest.raises(Unavailable) as raised:
        async with transaction(engine) as connection:
            await connection.execute(sa.text(statement))
    await engine.dispose()
    return raised.value


async def test_unreachable_server_is_named_without_password():
    """
    Where it was looked for, and never the password.
    """
    port = free_port()
    error = await away(f"postgresql://aldea:hidden@127.0.0.1:{port}/aldea")

    assert str(error) == "The database is unavailable"
    assert f"127.0.0.1', {port}" in error.in_full
    assert "hidden" not in error.in_full


async def test_missing_database_is_named(postgres_url):
    """
    In the server's words.
    """
    error = await away(sa.make_url(postgres_url).set(database="nowhere").render_as_string(False))

    assert error.why == 'database "nowhere" does not exist'


async def test_failed_statement_is_named_by_its_error_class(postgres_url):
    """
    The server's text may contain user data.
    """
    error = await away(postgres_url, "SELECT CAST('ada@example.com' AS integer)")

    assert error.why == "InvalidTextRepresentationError"


class FullDisk(Exception):
    """As asyncpg raises it."""

    sqlstate = "53100"


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            FullDisk("could not extend file: No space left on device"),
            "could not extend file: No space left on device",
        ),
        (asyncpg.InternalClientError("cannot switch to state 12"), "the connection broke"),
        (asyncpg.InterfaceError("another operation is in progress"), "the connection broke"),
        (asyncpg.UniqueViolationError("Key (email)=(ada@example.com)"), "UniqueViolationError"),
    ],
)
def test_driver_errors_are_worded_without_user_data(cause, said):
    """
    Errors about the server in its words, errors about data by their class.
    """
    driver = Exception("wrapped")
    driver.__cause__ = cause
    text = why(sa.exc.DBAPIError("INSERT INTO users", {}, driver))

    assert text.startswith(said)
    assert "ada" not in text


async def test_sqlite_error_names_the_file(tmp_path):
    """
    It may be on one of several disks.
    """
    file = tmp_path / "nowhere" / "aldea.db"
    error = await away(f"sqlite:///{file}")

    assert error.why == f"{file}: unable to open database file"


async def test_frozen_server_is_unavailable(postgres_folder):
    """
    For pooled and for new connections; statements would wait for an hour.
    """
    server = LocalPostgres(postgres_folder / "postgres")
    server.start()
    engine = connect(await server.create_database("aldea"), statement_seconds=3600)

    async def ask() -> None:
        async with transaction(engine) as connection:
            await connection.execute(sa.text("SELECT 1"))

    try:
        await asyncio.gather(ask(), ask())
        processes = [each.pid for each in psutil.Process(server.process.pid).children()]
        for pid in (server.process.pid, *processes):
            os.kill(pid, signal.SIGSTOP)
        try:
            for _ in range(2):
                with pytest.raises(Unavailable, match="database"):
                    await ask()
        finally:
            for pid in (server.process.pid, *processes):
                os.kill(pid, signal.SIGCONT)
        await ask()
    finally:
        await engine.dispose()
        server.stop()


async def test_wrong_password_is_named_at_start(postgres_folder):
    """
    In the server's words.
    """
    server = LocalPostgres(postgres_folder / "postgres")
    server.start()
    try:
        (server.folder / "password").write_text("hidden")
        with pytest.raises(CannotStart, match="password authentication failed") as wrong:
            await server.create_database("aldea")
        assert "hidden" not in str(wrong.value)
    finally:
        server.stop()
