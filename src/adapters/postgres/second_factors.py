"""Second factors."""

from typing import final

import attrs

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.tables.people import second_factors
from aldea_core.domain.access.second_factor import SecondFactor
from aldea_core.domain.ids import UserId
from aldea_core.ports.second_factors import SecondFactors


@final
@attrs.frozen
class SqlSecondFactors(SecondFactors):
    engine: AsyncEngine

    @override
    async def put(self, factor: SecondFactor) -> None:
        row = {**attrs.asdict(factor), "recovery": list(factor.recovery)}
        async with transaction(self.engine) as connection:
            await connection.execute(
                second_factors.delete().where(second_factors.c.user == factor.user)
            )
            await connection.execute(second_factors.insert().values(row))

    @override
    async def of_user(self, user: UserId) -> SecondFactor | None:
        query = second_factors.select().where(second_factors.c.user == user)
        async with reading(self.engine) as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        return SecondFactor(**{**row, "recovery": tuple(row["recovery"])})

    @override
    async def remove(self, user: UserId) -> bool:
        mine = second_factors.delete().where(second_factors.c.user == user)
        async with transaction(self.engine) as connection:
            return bool((await connection.execute(mine)).rowcount)
