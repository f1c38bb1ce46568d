"""Changes of addresses that are not confirmed by the readers of both addresses yet."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.access.people import EmailChange
from aldea_core.domain.ids import EmailChangeId, TokenHash, UserId


class EmailChanges(Protocol):
    """Stores changes of addresses until they are complete; a user has at most one."""

    @abstractmethod
    async def put(self, change: EmailChange) -> None:
        """Adds a change, or replaces the user's earlier one."""

    @abstractmethod
    async def find(self, change: EmailChangeId) -> EmailChange | None: ...

    @abstractmethod
    async def of_token(self, token: TokenHash) -> EmailChange | None: ...

    @abstractmethod
    async def of_user(self, user: UserId) -> EmailChange | None: ...

    @abstractmethod
    async def remove(self, user: UserId) -> None:
        """Removes the user's change, if there is one."""
