"""Second factors of users."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.access.second_factor import SecondFactor
from aldea_core.domain.ids import UserId


class SecondFactors(Protocol):
    """Stores second factors; a user has at most one."""

    @abstractmethod
    async def put(self, factor: SecondFactor) -> None:
        """Adds a factor, or replaces the user's earlier one."""

    @abstractmethod
    async def of_user(self, user: UserId) -> SecondFactor | None: ...

    @abstractmethod
    async def remove(self, user: UserId) -> bool:
        """Removes the user's factor; False if there is none."""
