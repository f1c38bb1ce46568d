"""Second factors, in memory."""

from typing import final

from typing_extensions import override

from aldea_core.domain.access.second_factor import SecondFactor
from aldea_core.domain.ids import UserId
from aldea_core.ports.second_factors import SecondFactors


@final
class MemorySecondFactors(SecondFactors):
    def __init__(self) -> None:
        self._factors: dict[UserId, SecondFactor] = {}

    @override
    async def put(self, factor: SecondFactor) -> None:
        self._factors[factor.user] = factor

    @override
    async def of_user(self, user: UserId) -> SecondFactor | None:
        return self._factors.get(user)

    @override
    async def remove(self, user: UserId) -> bool:
        return self._factors.pop(user, None) is not None
