"""Ceremonies, in memory."""

from datetime import datetime
from typing import final

from typing_extensions import override

from aldea_core.domain.access.ceremonies import Ceremony
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import TokenHash
from aldea_core.ports.ceremonies import Ceremonies


@final
class MemoryCeremonies(Ceremonies):
    def __init__(self) -> None:
        self._ceremonies: dict[TokenHash, Ceremony] = {}

    @override
    async def add(self, ceremony: Ceremony, *, at: datetime) -> None:
        valid = {token: one for token, one in self._ceremonies.items() if at < one.expires}
        self._ceremonies = {**valid, ceremony.token: ceremony}

    @override
    async def take(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> Ceremony | None:
        known = self._ceremonies.get(token)
        if known is None or known.kind is not kind:
            return None
        del self._ceremonies[token]
        return known if at < known.expires else None
