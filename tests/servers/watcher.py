"""Checks that no revoked key is ever readable again in Redis."""

import asyncio

import attrs

from tests.servers.sync_path import SyncPath

from aldea_core.domain.ids import KeyHash, OrgId


WAYS = ("gateway", "documented key", "documented set")


def _empty() -> dict[str, set[KeyHash]]:
    return {way: set() for way in WAYS}


@attrs.define
class Watcher:
    """
    A key is gone, in each way of seeing one, once it was seen there and is not any more, or once
    the store says there that it knows the version that took the key back. (One that was taken back
    before it had arrived may arrive first.) From then on it must not be seen again.

    Attributes:
        revoked: Keys whose revocation is committed, with their orgs and the version.
        looks: How often it looked.
    """

    on: SyncPath
    revoked: dict[KeyHash, tuple[OrgId, int]] = attrs.field(factory=dict)
    gone: dict[str, set[KeyHash]] = attrs.field(factory=_empty)
    met: dict[str, set[KeyHash]] = attrs.field(factory=_empty)
    looks: int = 0

    async def look(self) -> dict[str, set[KeyHash]]:
        revoked = dict(self.revoked)
        stored = await self._stored(revoked)
        seen = {
            "gateway": set(await self.on.keystore.keys(revoked)),
            "documented key": await self.on.documented(list(revoked)),
            "documented set": await self._named(revoked),
        }
        for way in WAYS:
            back = self.gone[way] & seen[way]
            assert not back, f"{way}: {len(back)} revoked keys came back"
            self.gone[way] |= (stored[way] | self.met[way]) - seen[way]
            self.met[way] |= seen[way]
        self.looks += 1
        return seen

    async def _stored(self, revoked: dict[KeyHash, tuple[OrgId, int]]) -> dict[str, set[KeyHash]]:
        """Whose revocation the store knows, before anything else is looked at."""
        pipeline = self.on.client.connection.pipeline(transaction=False)
        for key_hash, (org, _) in revoked.items():
            pipeline.hget(f"mirror:{{{org}}}", "version")
            pipeline.get(f"since:{{apikey:{key_hash}}}")
            pipeline.get(f"since:{{org:{org}:api_keys}}")
        versions = await pipeline.execute() if revoked else []
        return {
            way: {
                key_hash
                for (key_hash, (_, version)), known in zip(
                    revoked.items(), versions[n :: len(WAYS)], strict=True
                )
                if int(known or -1) >= version
            }
            for n, way in enumerate(WAYS)
        }

    async def _named(self, revoked: dict[KeyHash, tuple[OrgId, int]]) -> set[KeyHash]:
        pipeline = self.on.client.connection.pipeline(transaction=False)
        for key_hash, (org, _) in revoked.items():
            pipeline.sismember(f"org:{org}:api_keys", key_hash)
        is_named = await pipeline.execute() if revoked else []
        return {each for each, named in zip(revoked, is_named, strict=True) if named}

    async def watch(self, is_over: asyncio.Event) -> None:
        while not is_over.is_set():
            await self.look()
            await asyncio.sleep(0.03)
