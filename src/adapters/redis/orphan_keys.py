"""Documented keys in Redis that no org's mirror has."""

from collections.abc import AsyncIterator, Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.redis.client import RedisClient, ScriptCall, redis_errors_as_ours, run_all
from adapters.redis.damage import ask_each, is_intact
from adapters.redis.documented import owner_call, owner_key
from adapters.redis.keystore import KEY_FIELD, mirror_key
from adapters.redis.rows import UNREADABLE, key_of
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
        mirrors = await ask_each(
            self.client,
            [("HMGET", mirror_key(key.org), "version", f"{KEY_FIELD}{key.hash}") for key in keys],
        )
        calls = {
            key: call
            for key, values in zip(keys, mirrors, strict=True)
            if is_intact(values, org_id=key.org) and (call := _documenting(key, *values))
        }
        await run_all(self.client, list(calls.values()))
        return set(calls)

    async def _orphans(self, hashes: Sequence[KeyHash]) -> list[OrphanKey]:
        owners = await ask_each(self.client, [("GET", owner_key(key_hash)) for key_hash in hashes])
        said = [
            OrphanKey(key_hash, OrgId(owner))
            for key_hash, owner in zip(hashes, owners, strict=True)
            if is_intact(owner, key=key_hash[:8]) and owner is not None
        ]
        has = await ask_each(
            self.client,
            [("HEXISTS", mirror_key(key.org), f"{KEY_FIELD}{key.hash}") for key in said],
        )
        return [key for key, is_theirs in zip(said, has, strict=True) if is_theirs == 0]


def _documenting(key: OrphanKey, version: str | None, text: str | None) -> ScriptCall | None:
    """The call that documents *key* as its mirror has it; None if it does not, or is damaged."""
    if version is None or text is None:
        return None
    try:
        return owner_call(int(version), key_of(key.hash, key.org, text))
    except UNREADABLE:  # a sweep writes it anew
        return None
