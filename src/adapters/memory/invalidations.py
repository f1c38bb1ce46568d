"""Invalidations within one process."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import OrgId
from aldea_core.ports.invalidations import Invalidations


@final
@attrs.frozen
class MemoryInvalidations(Invalidations):
    _queues: set[asyncio.Queue[OrgId]] = attrs.field(factory=set, init=False, eq=False)

    def publish(self, org: OrgId) -> None:
        for queue in self._queues:
            queue.put_nowait(org)

    @override
    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[OrgId]]:
        queue: asyncio.Queue[OrgId] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield _orgs_of(queue)
        finally:
            self._queues.discard(queue)


async def _orgs_of(queue: asyncio.Queue[OrgId]) -> AsyncIterator[OrgId]:
    while True:
        yield await queue.get()
