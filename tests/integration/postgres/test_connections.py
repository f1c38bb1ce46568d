"""How many connections a task needs: one, whatever it does."""

import asyncio
import contextvars

import attrs
import pytest

from tests.contract.people import ANN

from adapters.postgres.engine import one_look, reading, reading_around, transaction
from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.users import SqlUsers
from aldea_core.domain.errors import Unavailable


_ALL = 20  # that the pool opens


async def test_tasks_that_read_and_then_write_do_not_wait_for_each_other(database):
    """
    As many as there are connections each hold one, and write with it.
    """
    reads, users = SqlTransaction(database), SqlUsers(database)
    all_have_read = asyncio.Barrier(_ALL)

    async def work(number: int) -> None:
        email = f"{number}@example.test"
        async with reads.reading():
            assert await users.of_email(email) is None
            await all_have_read.wait()
            await users.add(attrs.evolve(ANN, id=f"{ANN.id[:-2]}{number:02}", email=email))

    await asyncio.gather(*(work(number) for number in range(_ALL)))

    assert await users.of_email(f"{_ALL - 1}@example.test")


@pytest.mark.parametrize("kind", [one_look, transaction])
async def test_reads_are_outside_transactions_after_work_between_them_failed(database, kind):
    """
    Each sees what is committed when it begins, and none keeps PostgreSQL from cleaning up.
    """

    async def count(connection) -> int:
        return (await connection.exec_driver_sql("SELECT count(*) FROM users")).scalar()

    async with reading_around(database):
        with pytest.raises(LookupError):
            async with kind(database) as connection:
                assert await count(connection) == 0
                raise LookupError
        async with reading(database) as connection:
            assert await count(connection) == 0
            another = contextvars.Context()  # which holds no connection
            await asyncio.create_task(SqlUsers(database).add(ANN), context=another)
            assert await count(connection) == 1
            driver = (await connection.get_raw_connection()).driver_connection
            assert not driver.is_in_transaction()


async def test_connections_to_a_node_that_takes_no_writes_are_left(database):
    """
    As after a failover: connections opened to a standby stay open and read-only, and new ones lead to
    the primary. Those that rest in the pool are left, too.
    """
    users = SqlUsers(database)

    async def set_read_only(state: str) -> None:
        """Of connections that are opened from now on."""
        async with transaction(database) as connection:
            await connection.exec_driver_sql("SET TRANSACTION READ WRITE")
            name = database.url.database
            await connection.exec_driver_sql(
                f'ALTER DATABASE "{name}" SET default_transaction_read_only = {state}'
            )

    await set_read_only("on")
    await database.dispose()
    all_read = asyncio.Barrier(3)

    async def read() -> None:
        async with reading(database):
            await all_read.wait()

    await asyncio.gather(*(read() for _ in range(3)))
    await set_read_only("off")

    with pytest.raises(Unavailable) as away:
        await users.add(ANN)
    assert "read-only" in away.value.in_full
    await users.add(ANN)
    assert await users.of_email(ANN.email) == ANN
