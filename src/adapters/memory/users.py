"""Users, in memory."""

from collections.abc import Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.people import User
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import UserId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.users import Users


@final
class MemoryUsers(Users):
    def __init__(self) -> None:
        self._users: dict[UserId, User] = {}

    @override
    async def add(self, user: User) -> bool:
        if await self.of_email(user.email) is not None:
            return False
        self._users[user.id] = user
        return True

    @override
    async def put(self, user: User) -> None:
        if user.id not in self._users:
            raise NotFound("There is no such user.")
        self._users[user.id] = attrs.evolve(user, email=self._users[user.id].email)

    @override
    async def set_email(self, user: UserId, email: str) -> bool:
        if user not in self._users:
            raise NotFound("There is no such user.")
        known = await self.of_email(email)
        if known is not None and known.id != user:
            return False
        self._users[user] = attrs.evolve(self._users[user], email=email)
        return True

    @override
    async def remove(self, user: UserId) -> bool:
        return self._users.pop(user, None) is not None

    @override
    async def of_email(self, email: str) -> User | None:
        return next((user for user in self._users.values() if user.email == email), None)

    @override
    async def of_id(self, user: UserId) -> User | None:
        return self._users.get(user)

    @override
    async def some(self, users: Sequence[UserId]) -> Sequence[User]:
        return [self._users[user] for user in users if user in self._users]

    @override
    async def operators(self) -> Sequence[User]:
        operators = (user for user in self._users.values() if user.is_operator)
        return sorted(operators, key=lambda user: user.email)

    @override
    async def find(self, search: str = "", page: Page[TimePlace] = OLDEST_FIRST) -> Sequence[User]:
        text = search.lower()
        found = (
            user
            for user in self._users.values()
            if search == user.id or text in user.email.lower() or text in user.name.lower()
        )
        return page.of(found, lambda user: (user.created, user.id))
