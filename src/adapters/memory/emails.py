"""Keeps the newest emails in memory instead of sending them."""

from typing import final

from typing_extensions import override

from aldea_core.domain.access.emails import Email
from aldea_core.ports.emails import EmailSender


_MOST = 1000


@final
class MemoryEmails(EmailSender):
    def __init__(self) -> None:
        self.posted: list[Email] = []

    @override
    async def send(self, email: Email) -> None:
        self.posted.append(email)
        del self.posted[:-_MOST]
