"""Second factors."""

from typing import final

import attrs

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.statements import execute, find_first, put_into
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
        put = put_into(self.engine, second_factors, attrs.asdict(factor), by=["user"])
        await execute(self.engine, put)

    @override
    async def of_user(self, user: UserId) -> SecondFactor | None:
        query = second_factors.select().where(second_factors.c.user == user)
        return await find_first(self.engine, query, SecondFactor)

    @override
    async def remove(self, user: UserId) -> bool:
        mine = second_factors.c.user == user
        return bool(await execute(self.engine, second_factors.delete().where(mine)))
