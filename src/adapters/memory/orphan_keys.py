"""Orphan keys of the memory keystore: it has no documented keys, so there are none."""

from collections.abc import AsyncIterator, Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.sync.drift import OrphanKey
from aldea_core.ports.orphan_keys import KeysPage, OrphanKeys


@final
@attrs.frozen
class MemoryOrphanKeys(OrphanKeys):
    @override
    async def pages(self) -> AsyncIterator[KeysPage]:
        yield KeysPage(0, [])

    @override
    async def still(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        return []

    @override
    async def drop(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        return []
