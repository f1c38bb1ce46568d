"""
A real PostgreSQL for tests: one server a session, and a database of its own for every test.

`postgres` is the running server, `postgres_url` a fresh database at the newest schema (a copy of a
template), `empty_postgres_url` one without any tables.
"""

import asyncio
import itertools
import signal
import tempfile

from functools import partial
from pathlib import Path

import pytest

from tests.servers.memory import in_memory
from tests.servers.watched import watchdog

from adapters.local_servers.postgres import LocalPostgres
from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate


_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
_TEMPLATE = "template_newest"
_numbers = itertools.count(1)


def _new_folder() -> tempfile.TemporaryDirectory[str]:
    """Where a PostgreSQL may go, which does not run as root."""
    return tempfile.TemporaryDirectory(prefix="aldea-postgres-", dir=in_memory())


@pytest.fixture(scope="session")
def postgres():
    with _new_folder() as folder:
        on_spawn = partial(watchdog().on_spawn, stop=signal.SIGINT)
        server = LocalPostgres(Path(folder) / "server", options=_FAST, on_spawn=on_spawn)
        server.start()
        process = server.process
        try:
            asyncio.run(_make_template(server))
            yield server
        finally:
            server.stop()
            watchdog().died(process.pid)


async def _make_template(server: LocalPostgres) -> None:
    engine = connect(await server.create_database(_TEMPLATE))
    try:
        await migrate(engine)
    finally:
        await engine.dispose()


@pytest.fixture
def postgres_folder():
    """
    Where a PostgreSQL of one's own may go, which does not run as root: not into pytest's folders,
    which every pytest that starts closes again for all but their owner.
    """
    with _new_folder() as folder:
        yield Path(folder)


@pytest.fixture
async def postgres_url(postgres):
    name = f"test_{next(_numbers)}"
    yield await postgres.create_database(name, template=_TEMPLATE)
    await postgres.drop_database(name)


@pytest.fixture
async def empty_postgres_url(postgres):
    name = f"test_{next(_numbers)}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)
