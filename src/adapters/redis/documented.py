"""
Making the documented keys say what the mirror says, for whoever else reads them.

They lie in other slots than the mirror and than each other, so this is done in steps, and others
may be at it with another version. Every step refuses what is older than what was done to its key,
by a version kept beside it in the same slot: `since:{<documented key>}`. And the set names every
`apikey:` there is at any time, being added to first and taken from last, so whoever goes on after
somebody died in between knows what to take back.
"""

from collections.abc import Mapping, Sequence

import attrs

from adapters.redis.client import Call, Client, Script, redis_errors_as_ours, run_all
from adapters.redis.rows import entitlement_fields, lines_of, micros
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyHash, OrgId


# For longer than anybody could hold an old snapshot in hand: Lambda ends after 15 minutes.
KEPT_SECONDS = 86_400

_SET = Script.load("publish_set")
_KEY = Script.load("publish_key")
_LIMITS = Script.load("publish_limits")


def set_key(org: OrgId) -> str:
    return f"org:{org}:api_keys"


def limits_key(org: OrgId) -> str:
    return f"org:{org}:limits"


def owner_key(key_hash: KeyHash) -> str:
    return f"apikey:{key_hash}"


@attrs.frozen
class Publication:
    """
    What others may read of an org.

    Attributes:
        keys: Hashes, with the milliseconds since 1970 at which a key ends by itself, or "".
        limits: None if the org is gone.
    """

    org: OrgId
    version: int
    keys: Mapping[KeyHash, int | str] = attrs.field(factory=dict, repr=False)
    limits: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, snapshot: OrgSnapshot) -> "Publication":
        return cls(
            snapshot.org,
            snapshot.entitlements.version,
            {key.hash: _end_of(key) for key in snapshot.keys},
            {
                name: value
                for name, value in entitlement_fields(snapshot.entitlements).items()
                if value
            },
        )


async def publish(client: Client, publications: Sequence[Publication]) -> None:
    """
    Raises:
        Unavailable: Redis does not answer; doing it again heals what is half done.
    """
    found = await run_all(
        client,
        [_guarded(_SET, set_key(each.org), each.version, list(each.keys)) for each in publications],
    )
    # None: somebody newer is at it, or was.
    ours = [
        (each, gone) for each, gone in zip(publications, found, strict=True) if gone is not None
    ]
    calls: list[Call] = []
    for each, gone in ours:
        calls += [_key(each, key_hash, each.org, ends) for key_hash, ends in each.keys.items()]
        calls += [_key(each, key_hash, "", "") for key_hash in gone]
        limits = lines_of(each.limits)
        calls.append(_guarded(_LIMITS, limits_key(each.org), each.version, [limits]))
    await run_all(client, calls)
    with redis_errors_as_ours():
        for each, gone in ours:
            if gone:
                await client.connection.srem(set_key(each.org), *gone)


def owner_call(version: int, key: KnownKey) -> Call:
    """Documents one key of an org's mirror at *version*."""
    name = owner_key(key.hash)
    return _guarded(_KEY, name, version, [key.org, _end_of(key)])


def _end_of(key: KnownKey) -> int | str:
    """In milliseconds since 1970, or "" if it does not end by itself."""
    return "" if key.expires is None else max(1, micros(key.expires) // 1000)


def _key(each: Publication, key_hash: KeyHash, org: str, ends: int | str) -> Call:
    return _guarded(_KEY, owner_key(key_hash), each.version, [org, ends])


def _guarded(script: Script, key: str, version: int, args: Sequence[object]) -> Call:
    return Call(script, [key, f"since:{{{key}}}"], [version, KEPT_SECONDS, *args])
