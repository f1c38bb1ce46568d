"""Tokens that only the process that issued them can redeem."""

from datetime import datetime, timedelta
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.grants import Grant
from aldea_core.ports.grants import Grants
from aldea_core.ports.randomness import Randomness


@final
@attrs.frozen
class MemoryGrants(Grants):
    randomness: Randomness
    _issued: dict[str, tuple[datetime, Grant]] = attrs.field(
        factory=dict,
        init=False,
        repr=False,
    )

    @override
    def issue(self, grant: Grant, *, at: datetime, ttl: timedelta) -> str:
        self._forget_expired(at)
        token = self.randomness.bytes(32).hex()
        self._issued[token] = (at + ttl, grant)
        return token

    @override
    def redeem(self, token: str, *, at: datetime) -> Grant | None:
        expires, grant = self._issued.get(token, (at, None))
        return grant if at < expires else None

    def _forget_expired(self, at: datetime) -> None:
        for token, (expires, _) in list(self._issued.items()):
            if expires <= at:
                del self._issued[token]
