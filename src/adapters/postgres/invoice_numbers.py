"""The numbers of invoices and of credit notes: one after the other in each year, without gaps."""

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.statements import insert_into


async def next_number(connection: AsyncConnection, counters: sa.Table, year: int) -> str:
    """
    The next number: `2026-000001`. The next caller waits until this transaction ends.

    Args:
        counters: The last number of each year, of invoices or of credit notes.
    """
    counted = await connection.execute(
        insert_into(connection, counters)
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": counters.c.last + 1})
        .returning(counters.c.last),
    )
    return f"{year}-{counted.scalar_one():06}"
