"""What Redis stores of each org: its mirror, and the documented keys beside it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, final

import attrs

from typing_extensions import override

from adapters.redis.client import RedisClient, redis_errors_as_ours
from adapters.redis.damage import ask_each
from adapters.redis.documented import limits_key, owner_key, set_key
from adapters.redis.error_texts import is_damage
from adapters.redis.keystore import KEY_FIELD, REMOVED_FIELD, mirror_key
from adapters.redis.rows import UNREADABLE, documented_entitlements_of, entitlements_of, key_of
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.domain.sync.drift import KeystoreSnapshot
from aldea_core.ports.keystore import KeystoreSnapshots


_BATCH = 500
_SCANNED_BATCH = 2000
_NAMES = {
    "mirror:{*}": ("mirror:{", "}"),
    "org:*:api_keys": ("org:", ":api_keys"),
    "org:*:limits": ("org:", ":limits"),
}


@final
@attrs.frozen
class RedisKeystoreSnapshots(KeystoreSnapshots):
    client: RedisClient

    @override
    async def held(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, KeystoreSnapshot]:
        wanted = list(dict.fromkeys(orgs))
        with redis_errors_as_ours():
            pipeline = self.client.connection.pipeline(transaction=False)
            for org in wanted:
                pipeline.hgetall(mirror_key(org))
                pipeline.smembers(set_key(org))
                pipeline.hgetall(limits_key(org))
            found = _readable(await pipeline.execute(raise_on_error=False))
            parts = [
                (org, _mirrored(org, mirror), frozenset(map(KeyHash, named or ())), limits)
                for org, mirror, named, limits in zip(
                    wanted, found[::3], found[1::3], found[2::3], strict=True
                )
            ]
            hashes = {
                org: [*{*named, *(key.hash for key in mirrored.keys)}]
                for org, mirrored, named, _ in parts
            }
            every = [each for theirs in hashes.values() for each in theirs]
            said = await ask_each(self.client, [("GET", owner_key(each)) for each in every])
            owners = dict(zip(every, said, strict=True))
        return {
            org: attrs.evolve(
                _with_documented(mirrored, limits or {}),
                named=named,
                owned=frozenset(each for each in hashes[org] if owners[each] == org),
            )
            for org, mirrored, named, limits in parts
            if mirrored != KeystoreSnapshot(org, None) or named or limits != {}
        }

    @override
    async def orgs(self) -> AsyncIterator[Sequence[OrgId]]:
        for pattern, (before, behind) in _NAMES.items():
            page: list[OrgId] = []
            with redis_errors_as_ours():
                async for name in self.client.connection.scan_iter(
                    match=pattern, count=_SCANNED_BATCH
                ):
                    page.append(OrgId(name.removeprefix(before).removesuffix(behind)))
                    if len(page) == _BATCH:
                        yield page
                        page = []
            if page:
                yield page


def _readable(replies: Sequence[Any]) -> list[Any]:
    """
    *replies*, with None for a key of another type than it should be.

    Raises:
        ResponseError: Redis refused a command.
    """
    for reply in replies:
        if isinstance(reply, Exception) and not is_damage(reply):
            raise reply
    return [None if isinstance(reply, Exception) else reply for reply in replies]


def _mirrored(org: OrgId, mirror: Mapping[str, str] | None) -> KeystoreSnapshot:
    """What gateways decide by; without a version if that is damaged, so that it is written anew."""
    try:
        if not mirror or "version" not in mirror:
            return KeystoreSnapshot(org, None)
        return KeystoreSnapshot(
            org,
            int(mirror["version"]),
            _keys_of(org, mirror),
            REMOVED_FIELD in mirror,
            entitlements=entitlements_of(mirror),
        )
    except UNREADABLE:
        return KeystoreSnapshot(org, None)


def _with_documented(held: KeystoreSnapshot, limits: Mapping[str, str]) -> KeystoreSnapshot:
    """With what other readers find; without it if that is damaged."""
    if not limits:
        return held
    try:
        version, documented = int(limits.get("version", 0)), documented_entitlements_of(limits)
    except UNREADABLE:
        return held
    return attrs.evolve(held, limits_version=version, documented=documented)


def _keys_of(org: OrgId, mirror: Mapping[str, str]) -> frozenset[KnownKey]:
    return frozenset(
        key_of(KeyHash(field.removeprefix(KEY_FIELD)), org, text)
        for field, text in mirror.items()
        if field.startswith(KEY_FIELD)
    )
