"""Aldea's own PostgreSQL keeps its data, whatever happens to its parent process."""

from pathlib import Path

import asyncpg
import pytest

from adapters.local_servers.postgres import LocalPostgres
from adapters.local_servers.server import CannotStart


async def _ask(url: str, *statements: str):
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_data_outlive_restarts(postgres_folder, monkeypatch):
    """
    After a stop, and after its parent was killed. The folder may be a relative path.
    """
    monkeypatch.chdir(postgres_folder)
    server = LocalPostgres(Path("server"))
    server.start()
    try:
        url = await server.create_database("kept")
        await _ask(url, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (7) RETURNING n")
        server.stop()
        server.start()
        assert await _ask(server.url("kept"), "SELECT n FROM t") == 7

        left_behind, server = server, LocalPostgres(postgres_folder / "server")
        server.start()
        assert left_behind.process.wait(5) == 0
        assert await _ask(await server.create_database("kept"), "SELECT n FROM t") == 7
    finally:
        server.stop()


async def test_connection_needs_the_password(postgres):
    """
    Other users of this machine can neither connect nor read it.
    """
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=postgres.port, user="aldea", password="x", database="postgres"
        )

    assert not (postgres.folder / "password").stat().st_mode & 0o077


def test_data_of_an_unknown_version_are_not_touched(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotStart, match="PostgreSQL 9"):
        LocalPostgres(tmp_path).start()
    assert (data / "PG_VERSION").read_text() == "9\n"
