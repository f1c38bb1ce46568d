"""How many connections a task needs: one, whatever it does."""

import asyncio

import attrs

from tests.contract.people import ANN

from adapters.postgres.transaction import SqlTransaction
from adapters.postgres.users import SqlUsers


_ALL = 20  # that the pool opens


async def test_tasks_that_read_and_then_write_do_not_wait_for_each_other(database):
    """
    As many as there are connections each hold one, and write with it.
    """
    transaction, users = SqlTransaction(database), SqlUsers(database)
    all_have_read = asyncio.Barrier(_ALL)

    async def work(number: int) -> None:
        email = f"{number}@example.test"
        async with transaction.reading():
            assert await users.of_email(email) is None
            await all_have_read.wait()
            await users.add(attrs.evolve(ANN, id=f"{ANN.id[:-2]}{number:02}", email=email))

    await asyncio.gather(*(work(number) for number in range(_ALL)))

    assert await users.of_email(f"{_ALL - 1}@example.test")
