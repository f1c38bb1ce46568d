"""Documented keys in Redis that no org's mirror has."""

from collections.abc import AsyncIterator, Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.redis.client import RedisClient, redis_errors_as_ours, run_all
from adapters.redis.documented import owner_call, owner_key
from adapters.redis.keystore import KEY_FIELD, mirror_key
from adapters.redis.rows import key_of
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.sync.drift import OrphanKey
from aldea_core.ports.orphan_keys import KeysPage, OrphanKeys


_BATCH = 1000
_SCANNED_BATCH = 2000
_PREFIX = owner_key(KeyHash(""))


@final
@attrs.frozen
class RedisOrphanKeys(OrphanKeys):
    """
    Finds and deletes orphan keys.

    A mirror is written before its documented keys, and revoked keys never come back. A documented
    key that is missing from its org's mirror is therefore an orphan, not a key about to be
    mirrored.
    """

    client: RedisClient

    @override
    async def pages(self) -> AsyncIterator[KeysPage]:
        page: list[KeyHash] = []
        with redis_errors_as_ours():
            names = self.client.connection.scan_iter(match=f"{_PREFIX}*", count=_SCANNED_BATCH)
            async for name in names:
                page.append(KeyHash(name.removeprefix(_PREFIX)))
                if len(page) == _BATCH:
                    yield KeysPage(len(page), await self._orphans(page))
                    page = []
        yield KeysPage(len(page), await self._orphans(page))

    @override
    async def still(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        return await self._orphans([key.hash for key in keys])

    @override
    async def drop(self, keys: Sequence[OrphanKey]) -> Sequence[OrphanKey]:
        orphans = await self.still(keys)
        await self.client.ask_all([("DEL", owner_key(key.hash)) for key in orphans])
        taken_back = await self._restore(orphans)
        return [key for key in orphans if key not in taken_back]

    async def _restore(self, keys: Sequence[OrphanKey]) -> set[OrphanKey]:
        """
        Documents those of *keys* again that their org's mirror gained between the check and the
        DEL.
        """
        mirrors = await self.client.ask_all(
            [("HMGET", mirror_key(key.org), "version", f"{KEY_FIELD}{key.hash}") for key in keys],
        )
        had = [
            (key, int(version), key_of(key.hash, key.org, text))
            for key, (version, text) in zip(keys, mirrors, strict=True)
            if version is not None and text is not None
        ]
        await run_all(self.client, [owner_call(version, known) for _, version, known in had])
        return {key for key, _, _ in had}

    async def _orphans(self, hashes: Sequence[KeyHash]) -> list[OrphanKey]:
        owners = await self.client.ask_all([("GET", owner_key(key_hash)) for key_hash in hashes])
        said = [
            OrphanKey(key_hash, OrgId(owner))
            for key_hash, owner in zip(hashes, owners, strict=True)
            if owner is not None
        ]
        has = await self.client.ask_all(
            [("HEXISTS", mirror_key(key.org), f"{KEY_FIELD}{key.hash}") for key in said],
        )
        return [key for key, is_theirs in zip(said, has, strict=True) if not is_theirs]
