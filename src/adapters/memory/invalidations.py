"""Invalidations within one process."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import OrgId
from aldea_core.ports.invalidations import Invalidations


@final
@attrs.frozen
class MemoryInvalidations(Invalidations):
    _ears: set[asyncio.Queue[OrgId]] = attrs.field(factory=set, init=False, eq=False)

    def publish(self, org: OrgId) -> None:
        for ear in self._ears:
            ear.put_nowait(org)

    @override
    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[OrgId]]:
        return self._listen()

    @asynccontextmanager
    async def _listen(self) -> AsyncIterator[AsyncIterator[OrgId]]:
        ear: asyncio.Queue[OrgId] = asyncio.Queue()
        self._ears.add(ear)
        try:
            yield _heard(ear)
        finally:
            self._ears.discard(ear)


async def _heard(ear: asyncio.Queue[OrgId]) -> AsyncIterator[OrgId]:
    while True:
        yield await ear.get()
