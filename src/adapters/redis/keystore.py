"""Keys and standings, and the documented keys beside them."""

import asyncio

from collections.abc import Iterable, Mapping
from typing import final

import attrs

from typing_extensions import override

from adapters.redis.client import Client, Script, redis_errors_as_ours
from adapters.redis.rows import STANDING_FIELDS, key_of, key_text, standing_fields, standing_of
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.keys import KnownKey
from aldea_core.domain.limits import OrgStatus, Standing
from aldea_core.domain.orgs import OrgSnapshot
from aldea_core.ports.keystore import Keystore, OrgMirror


_PUT = Script.load("put")
_KEY_FIELD = "key:"
_REMOVED = "removed"
_BATCH = 500


def mirror_key(org: OrgId) -> str:
    return f"mirror:{{{org}}}"


@final
@attrs.frozen
class RedisKeystore(Keystore, OrgMirror):
    """
    What opens is decided by the org's mirror, which one script replaces at once; `apikey:<hash>`
    only says whose mirror that is. So a documented key that is late never opens anything.
    """

    client: Client

    @override
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey]:
        wanted = list(dict.fromkeys(hashes))
        if not wanted:
            return {}
        redis = self.client.connection
        with redis_errors_as_ours():
            if len(wanted) == 1:
                owners = [await redis.get(f"apikey:{wanted[0]}")]
            else:
                pipeline = redis.pipeline(transaction=False)
                for key_hash in wanted:
                    pipeline.get(f"apikey:{key_hash}")
                owners = await pipeline.execute()
            by_org: dict[OrgId, list[KeyHash]] = {}
            for key_hash, owner in zip(wanted, owners, strict=True):
                if owner is not None:
                    by_org.setdefault(OrgId(owner), []).append(key_hash)
            found = await asyncio.gather(
                *(self._keys_of(org, hashes) for org, hashes in by_org.items()),
            )
        return {key.hash: key for keys in found for key in keys}

    async def _keys_of(self, org: OrgId, hashes: list[KeyHash]) -> list[KnownKey]:
        fields = [f"{_KEY_FIELD}{key_hash}" for key_hash in hashes]
        texts = await self.client.connection.hmget(mirror_key(org), fields)
        return [
            key_of(key_hash, org, text)
            for key_hash, text in zip(hashes, texts, strict=True)
            if text is not None
        ]

    @override
    async def standings(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Standing]:
        wanted = list(dict.fromkeys(orgs))
        with redis_errors_as_ours():
            found = await asyncio.gather(*(self._standing(org) for org in wanted))
        return {
            org: standing
            for org, standing in zip(wanted, found, strict=True)
            if standing is not None
        }

    async def _standing(self, org: OrgId) -> Standing | None:
        names = [*STANDING_FIELDS, _REMOVED]
        values = await self.client.connection.hmget(mirror_key(org), names)
        fields = dict(zip(names, values, strict=True))
        if fields["version"] is None:
            return None
        if fields[_REMOVED] is not None:
            return Standing(status=OrgStatus.SUSPENDED, version=int(fields["version"]))
        return standing_of(fields)

    @override
    async def put(self, snapshot: OrgSnapshot) -> bool:
        fields = standing_fields(snapshot.standing)
        fields.pop("version")
        fields |= {f"{_KEY_FIELD}{key.hash}": key_text(key) for key in snapshot.keys}
        return await self._replace(snapshot.org, snapshot.standing.version, fields)

    @override
    async def remove(self, org: OrgId, version: int) -> bool:
        # What is left is a gravestone, so that a late snapshot does not bring it back.
        return await self._replace(org, version, {_REMOVED: "1"})

    async def _replace(self, org: OrgId, version: int, fields: Mapping[str, str]) -> bool:
        args = [version, *(part for pair in fields.items() for part in pair)]
        if not await _PUT(self.client, [mirror_key(org)], args):
            return False
        with redis_errors_as_ours():
            await self._publish(org)
        return True

    async def _publish(self, org: OrgId) -> None:
        """
        Makes the documented keys say what the mirror says.

        They lie in other slots, so this is not atomic; but whoever finds that the mirror has gone
        on meanwhile does it again, so the last one to write has written the newest.
        """
        while True:
            mirror = await self.client.connection.hgetall(mirror_key(org))
            await self._publish_once(org, mirror)
            version = await self.client.connection.hget(mirror_key(org), "version")
            if version == mirror.get("version"):
                return

    async def _publish_once(self, org: OrgId, mirror: Mapping[str, str]) -> None:
        redis = self.client.connection
        hashes = {
            field.removeprefix(_KEY_FIELD) for field in mirror if field.startswith(_KEY_FIELD)
        }
        published = set(await redis.smembers(f"org:{org}:api_keys"))
        # The set names every `apikey:` there is, at any time: added to first, taken from last.
        pipeline = redis.pipeline(transaction=False)
        if new := sorted(hashes - published):
            pipeline.sadd(f"org:{org}:api_keys", *new)
        for key_hash in sorted(hashes):
            pipeline.set(f"apikey:{key_hash}", org)
        gone = sorted(published - hashes)
        for key_hash in gone:
            pipeline.delete(f"apikey:{key_hash}")
        if gone:
            pipeline.srem(f"org:{org}:api_keys", *gone)
        if _REMOVED in mirror:
            pipeline.delete(f"org:{org}:limits")
        else:
            limits = {name: value for name in STANDING_FIELDS if (value := mirror.get(name))}
            pipeline.hset(f"org:{org}:limits", mapping=limits)
            lifted = [name for name in STANDING_FIELDS if not mirror.get(name)]
            if lifted:
                pipeline.hdel(f"org:{org}:limits", *lifted)
        await pipeline.execute()
