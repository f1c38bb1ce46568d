"""When keys were used, in memory."""

from collections.abc import Mapping
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import KeyId
from aldea_core.ports.key_uses import KeyUses


@final
@attrs.frozen
class MemoryKeyUses(KeyUses):
    _uses: dict[KeyId, datetime] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def note(self, key: KeyId, *, at: datetime) -> None:
        self._uses[key] = max(at, self._uses.get(key, at))

    @override
    async def noted(self, limit: int) -> Mapping[KeyId, datetime]:
        oldest = sorted(self._uses.items(), key=lambda use: use[1])
        return dict(oldest[:limit])

    @override
    async def forget(self, *, until: datetime) -> None:
        for key in [key for key, at in self._uses.items() if at <= until]:
            del self._uses[key]
