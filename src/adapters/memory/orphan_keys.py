"""A store that nobody else reads has no documented keys, so none that are stray."""

from collections.abc import AsyncIterator, Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.differences import StrayKey
from aldea_core.ports.strays import StrayKeys


@final
@attrs.frozen
class MemoryStrayKeys(StrayKeys):
    @override
    async def found(self) -> AsyncIterator[Sequence[StrayKey]]:
        yield []

    @override
    async def still(self, keys: Sequence[StrayKey]) -> Sequence[StrayKey]:
        return []

    @override
    async def drop(self, keys: Sequence[StrayKey]) -> int:
        return 0
