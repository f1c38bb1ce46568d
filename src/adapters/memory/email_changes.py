"""Changes of addresses, in memory."""

from typing import final

from typing_extensions import override

from aldea_core.domain.access.people import EmailChange
from aldea_core.domain.ids import EmailChangeId, TokenHash, UserId
from aldea_core.ports.email_changes import EmailChanges


@final
class MemoryEmailChanges(EmailChanges):
    def __init__(self) -> None:
        self._changes: dict[UserId, EmailChange] = {}

    @override
    async def put(self, change: EmailChange) -> None:
        self._changes[change.user] = change

    @override
    async def find(self, change: EmailChangeId) -> EmailChange | None:
        return next((known for known in self._changes.values() if known.id == change), None)

    @override
    async def of_token(self, token: TokenHash) -> EmailChange | None:
        found = (known for known in self._changes.values() if token in known.tokens.values())
        return next(found, None)

    @override
    async def of_user(self, user: UserId) -> EmailChange | None:
        return self._changes.get(user)

    @override
    async def remove(self, user: UserId) -> None:
        self._changes.pop(user, None)
