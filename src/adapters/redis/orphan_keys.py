"""Documented keys in Redis that no org's mirror has."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, final

import attrs

from typing_extensions import override

from adapters.redis.client import Client, redis_errors_as_ours
from adapters.redis.documented import owner_key
from adapters.redis.keystore import KEY_FIELD, mirror_key
from aldea_core.domain.differences import StrayKey
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.ports.strays import StrayKeys


_AT_ONCE = 1000
_SCANNED_AT_ONCE = 2000
_PREFIX = owner_key(KeyHash(""))


@final
@attrs.frozen
class RedisStrayKeys(StrayKeys):
    """
    A mirror is written before the documented keys and revoked keys never come back, so a documented
    key that is not in its org's mirror is none that is about to be.
    """

    client: Client

    @override
    async def found(self) -> AsyncIterator[Sequence[StrayKey]]:
        page: list[KeyHash] = []
        with redis_errors_as_ours():
            names = self.client.connection.scan_iter(match=f"{_PREFIX}*", count=_SCANNED_AT_ONCE)
            async for name in names:
                page.append(KeyHash(name.removeprefix(_PREFIX)))
                if len(page) == _AT_ONCE:
                    yield await self._stray(page)
                    page = []
        yield await self._stray(page)

    @override
    async def still(self, keys: Sequence[StrayKey]) -> Sequence[StrayKey]:
        return await self._stray([key.hash for key in keys])

    @override
    async def drop(self, keys: Sequence[StrayKey]) -> int:
        stray = await self.still(keys)
        return sum(await self._ask([("DEL", owner_key(key.hash)) for key in stray]))

    async def _stray(self, hashes: Sequence[KeyHash]) -> list[StrayKey]:
        owners = await self._ask([("GET", owner_key(key_hash)) for key_hash in hashes])
        said = [
            StrayKey(key_hash, OrgId(owner))
            for key_hash, owner in zip(hashes, owners, strict=True)
            if owner is not None
        ]
        has = await self._ask(
            [("HEXISTS", mirror_key(key.org), f"{KEY_FIELD}{key.hash}") for key in said],
        )
        return [key for key, is_theirs in zip(said, has, strict=True) if not is_theirs]

    async def _ask(self, questions: Sequence[tuple[str, ...]]) -> Sequence[Any]:
        if not questions:
            return []
        with redis_errors_as_ours():
            pipeline = self.client.connection.pipeline(transaction=False)
            for question in questions:
                pipeline.execute_command(*question)
            answers: Sequence[Any] = await pipeline.execute()
            return answers
