"""When keys were used: a sorted set of keys by time, which db-sync empties."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs

from typing_extensions import override

from adapters.redis.client import RedisClient
from adapters.redis.rows import micros, moment
from aldea_core.domain.ids import KeyId
from aldea_core.ports.key_uses import KeyUses


_USES = "key-uses"


@final
@attrs.frozen
class RedisKeyUses(KeyUses):
    client: RedisClient

    @override
    async def note(self, key: KeyId, *, at: datetime) -> None:
        await self.client.ask(_USES, "ZADD", _USES, "GT", micros(at), key)

    @override
    async def noted(self, limit: int) -> Mapping[KeyId, datetime]:
        # By rank, oldest first. Scores are whole microseconds, which doubles hold exactly.
        found = await self.client.ask(_USES, "ZRANGE", _USES, 0, limit - 1, "WITHSCORES")
        return {KeyId(key): moment(int(float(score))) for key, score in _pairs(found)}

    @override
    async def forget(self, *, until: datetime) -> None:
        await self.client.ask(_USES, "ZREMRANGEBYSCORE", _USES, "-inf", micros(until))


def _pairs(found: Sequence[Any]) -> Iterable[tuple[str, Any]]:
    """Members and scores: a flat list in RESP2, a list of pairs in RESP3."""
    if found and isinstance(found[0], list | tuple):
        return (tuple(pair) for pair in found)
    return zip(found[::2], found[1::2], strict=True)
