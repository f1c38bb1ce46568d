"""Users of the backend."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.access.people import User
from aldea_core.domain.ids import UserId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace


class Users(Protocol):
    """
    Stores users.

    - Addresses are unique; of two concurrent additions of an address, one succeeds.
    """

    @abstractmethod
    async def add(self, user: User) -> bool:
        """Adds a user; False, without any change, if the address is taken."""

    @abstractmethod
    async def put(self, user: User) -> None:
        """
        Replaces a user's data, except the address.

        Raises:
            NotFound: There is no such user.
        """

    @abstractmethod
    async def set_email(self, user: UserId, email: str) -> bool:
        """
        Replaces a user's address; False, without any change, if the address is taken.

        Raises:
            NotFound: There is no such user.
        """

    @abstractmethod
    async def remove(self, user: UserId) -> bool:
        """Removes a user; False if there is none."""

    @abstractmethod
    async def of_email(self, email: str) -> User | None:
        """The user of an address, spelled as `people.proper_email` normalises it."""

    @abstractmethod
    async def of_id(self, user: UserId) -> User | None: ...

    @abstractmethod
    async def some(self, users: Sequence[UserId]) -> Sequence[User]:
        """Those of *users* that exist, in any order."""

    @abstractmethod
    async def operators(self) -> Sequence[User]:
        """All operators of the platform, ordered by address."""

    @abstractmethod
    async def find(self, search: str = "", page: Page[TimePlace] = OLDEST_FIRST) -> Sequence[User]:
        """
        Users ordered by creation time and id, for operators.

        Args:
            search: Part of the name or address, case-insensitive; or the whole id. Empty matches
                all users.
        """
