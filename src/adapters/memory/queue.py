"""The queue of org changes, for one process."""

import asyncio

from collections.abc import Mapping, Sequence
from typing import final

from typing_extensions import override

from aldea_core.domain.ids import OrgId
from aldea_core.ports.queue import OrgQueue, QueuedOrg


@final
class MemoryOrgQueue(OrgQueue):
    """
    Args:
        most_deliveries: Deliveries after which a message is moved to the dead-letter queue.
    """

    def __init__(self, *, most_deliveries: int = 5) -> None:
        self._most = most_deliveries
        self._waiting: dict[str, QueuedOrg] = {}
        self._taken: dict[str, QueuedOrg] = {}
        self._deliveries: dict[str, int] = {}
        self._last = 0
        self._filled = asyncio.Event()
        self.put_aside: list[OrgId] = []

    @override
    async def send(
        self, orgs: Sequence[OrgId], traces: Mapping[OrgId, str] | None = None
    ) -> Sequence[OrgId]:
        for org in orgs:
            self._last += 1
            name = str(self._last)
            self._waiting[name] = QueuedOrg(name, org, name)
        if self._waiting:
            self._filled.set()
        return list(orgs)

    @override
    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[QueuedOrg]:
        if not self._waiting and wait > 0:
            self._filled.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._filled.wait()
            except TimeoutError:
                return []
        taken = list(self._waiting.values())[:limit]
        for message in taken:
            self._taken[message.id] = self._waiting.pop(message.id)
            self._deliveries[message.id] = self._deliveries.get(message.id, 0) + 1
        return taken

    def give_back(self) -> None:
        """Returns received messages to the queue, as after a crash of the consumer or a timeout."""
        for message in self._taken.values():
            if self._deliveries[message.id] >= self._most:
                self.put_aside.append(message.org)
                del self._deliveries[message.id]
            else:
                self._waiting[message.id] = message
        self._taken.clear()

    @override
    async def acknowledge(self, messages: Sequence[QueuedOrg]) -> None:
        for message in messages:
            self._taken.pop(message.id, None)
            self._waiting.pop(message.id, None)
            self._deliveries.pop(message.id, None)
