"""Who there is."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.access.people import User
from aldea_core.domain.ids import UserId


class Users(Protocol):
    """
    Keeps users.

    - No two have the same address, of two that race for it one wins.
    """

    @abstractmethod
    async def add(self, user: User) -> bool:
        """False if the address is taken; nothing was changed then."""
        ...

    @abstractmethod
    async def put(self, user: User) -> None:
        """
        Replaces what is known of a user; the address stays.

        Raises:
            NotFound: There is no such user.
        """
        ...

    @abstractmethod
    async def of_email(self, email: str) -> User | None:
        """The user of an address, spelled as `people.proper_email` does."""
        ...

    @abstractmethod
    async def some(self, users: Sequence[UserId]) -> Sequence[User]:
        """Those of *users* that there are, in any order."""
        ...

    @abstractmethod
    async def operators(self) -> Sequence[User]:
        """Whoever runs the platform, by address."""
        ...
