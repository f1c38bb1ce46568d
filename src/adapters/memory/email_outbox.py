"""The outbox of emails, in memory."""

from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.emails import Email
from aldea_core.domain.ids import EmailId
from aldea_core.ports.email_outbox import EmailOutbox, OutboxState, WaitingEmail


@attrs.frozen
class _Ended:
    """An email that was sent or given up."""

    at: datetime
    is_sent: bool


@final
class MemoryEmailOutbox(EmailOutbox):
    def __init__(self) -> None:
        self._last = 0
        self._waiting: dict[EmailId, WaitingEmail] = {}
        self._due: dict[EmailId, datetime] = {}
        self._ended: dict[EmailId, _Ended] = {}

    @override
    async def add(self, email: Email, *, at: datetime) -> None:
        self._last += 1
        name = EmailId(self._last)
        self._waiting[name], self._due[name] = WaitingEmail(name, email, at), at

    @override
    async def claim(self, *, at: datetime, until: datetime) -> WaitingEmail | None:
        due = [(when, name) for name, when in self._due.items() if when <= at]
        if not due:
            return None
        _, first = min(due)
        self._due[first] = until
        return self._waiting[first]

    @override
    async def is_waiting(self, email: EmailId) -> bool:
        return email in self._waiting

    @override
    async def mark_sent(self, email: EmailId, *, at: datetime) -> None:
        self._end(email, _Ended(at, is_sent=True))

    @override
    async def postpone(self, email: EmailId, reason: str, *, until: datetime) -> None:
        known = self._waiting.get(email)
        if known is not None:
            self._waiting[email] = attrs.evolve(known, failures=known.failures + 1)
            self._due[email] = until

    @override
    async def mark_failed(self, email: EmailId, reason: str, *, at: datetime) -> None:
        self._end(email, _Ended(at, is_sent=False))

    @override
    async def remove(self, email: EmailId) -> None:
        self._waiting.pop(email, None)
        self._due.pop(email, None)

    @override
    async def withdraw(self, owner: str) -> None:
        for name, waiting in list(self._waiting.items()):
            wanted = waiting.email.wanted_token
            if wanted is not None and wanted.owner == owner:
                await self.remove(name)

    @override
    async def state(self) -> OutboxState:
        added = [waiting.added for waiting in self._waiting.values()]
        failed = [ended for ended in self._ended.values() if not ended.is_sent]
        return OutboxState(len(added), min(added, default=None), len(failed))

    @override
    async def forget(self, *, before: datetime) -> None:
        self._ended = {name: ended for name, ended in self._ended.items() if ended.at >= before}

    def _end(self, email: EmailId, ended: _Ended) -> None:
        if self._waiting.pop(email, None) is not None:
            del self._due[email]
            self._ended[email] = ended
