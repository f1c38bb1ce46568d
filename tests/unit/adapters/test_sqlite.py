"""SQLite under cancelled transactions, and with files that are no database."""

import asyncio
import gc
import os

from contextlib import suppress

import pytest
import sqlalchemy as sa

from adapters.postgres.engine import connect, transaction
from aldea_core.domain.errors import Unavailable


_MOMENTS = 120  # turns of the loop, in which several transactions come and go


@pytest.fixture
async def database(tmp_path):
    engine = connect(f"sqlite:///{tmp_path}/aldea.db")
    async with transaction(engine) as connection:
        await connection.execute(sa.text("CREATE TABLE words (word TEXT)"))
        await connection.execute(sa.text("INSERT INTO words VALUES ('one'), ('two'), ('three')"))
    yield engine
    await engine.dispose()


@pytest.fixture
def no_collector():
    """Switches the garbage collector off, so that only refcounts free objects."""
    gc.disable()
    yield
    gc.enable()


async def work(database) -> None:
    while True:
        async with transaction(database) as connection:
            await connection.execute(sa.text("SELECT word FROM words"))
            await connection.execute(sa.text("DELETE FROM words"))
            await connection.execute(sa.text("INSERT INTO words VALUES ('a'), ('b'), ('c')"))


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def words(database) -> int:
    async with transaction(database) as connection:
        return (await connection.execute(sa.text("SELECT count(*) FROM words"))).scalar_one()


@pytest.mark.parametrize("again", [None, 0, 2])
@pytest.mark.timeout(60)
async def test_cancelled_transaction_is_rolled_back(database, no_collector, again):
    """
    Cancelled once or twice: the next transaction gets the database at once.
    """
    before = asyncio.all_tasks()
    for moment in range(_MOMENTS):
        task = asyncio.create_task(work(database))
        await turns(moment)
        task.cancel()
        if again is not None:
            await turns(again)
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        async with asyncio.timeout(60):
            assert await words(database) == 3
    await database.dispose()

    left = asyncio.all_tasks() - before
    for task in left:
        task.cancel()  # as the loop does at its end
    if left:
        await asyncio.wait(left, timeout=60)
    assert not [task for task in left if not task.done()]


async def _why(url: str) -> str:
    engine = connect(url)
    with pytest.raises(Unavailable) as away:
        async with transaction(engine):
            pass
    await engine.dispose()
    return away.value.why


async def test_non_database_file_is_a_clear_error(tmp_path):
    (tmp_path / "notes.db").write_text("Dear diary, today I was taken for a database. Imagine!")

    for file, reason in (
        (tmp_path / "notes.db", "file is not a database"),
        (tmp_path / "no/folder.db", "unable to open database file"),
    ):
        assert await _why(f"sqlite:///{file}") == f"{file}: {reason}"


@pytest.mark.parametrize("there", [False, True])
async def test_database_files_are_private(tmp_path, there):
    """
    With their journals, whichever process made them.
    """
    before = os.umask(0o022)
    try:
        if there:
            (tmp_path / "aldea.db").touch(0o644)
        engine = connect(f"sqlite:///{tmp_path}/aldea.db")
        async with transaction(engine) as connection:
            await connection.execute(sa.text("CREATE TABLE words (word TEXT)"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        await engine.dispose()
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(("aldea.db", "aldea.db-wal", "aldea.db-shm"), 0o600)
