"""How many connections a task needs: one, whatever it does."""

import asyncio
import contextvars

import attrs
import pytest

from tests.contract.people import ANN

from adapters.postgres.engine import one_look, reading, reading_around, transaction
from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.users import SqlUsers


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
