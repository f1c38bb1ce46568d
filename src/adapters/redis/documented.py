"""
Publishes the documented keys, which other programs read, from the org's mirror.

The documented keys lie in other slots than the mirror and than each other. They are therefore
written in several steps, and another process may be publishing another version at the same time.
Each step refuses a version older than the one last written to its key; that version is kept in the
same slot, in `since:{<documented key>}`. The set `org:<org_id>:api_keys` names every `apikey:` that
exists: a hash is added to the set first and removed from it last. After a crash between two steps,
the next publication therefore finds every key to delete.
"""

from collections.abc import Mapping, Sequence

import attrs

from adapters.redis.client import RedisClient, Script, ScriptCall, run_all
from adapters.redis.rows import entitlement_fields, lines_of, micros
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyHash, OrgId


# Longer than a process can still write an old snapshot: a Lambda function ends after 15 minutes.
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
    The documented values of one org.

    Attributes:
        keys: Key hash to expiry in milliseconds since 1970, or "" for a key that does not expire.
        limits: Fields of the documented hash. Empty if the org was removed.
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


async def publish(client: RedisClient, publications: Sequence[Publication]) -> None:
    """
    Writes the documented keys of *publications*.

    Raises:
        Unavailable: Redis does not answer. Publishing again completes what is half done.
    """
    found = await run_all(
        client,
        [_guarded(_SET, set_key(each.org), each.version, list(each.keys)) for each in publications],
    )
    # None: the key has a newer version, written by another process.
    ours = [
        (each, gone) for each, gone in zip(publications, found, strict=True) if gone is not None
    ]
    calls: list[ScriptCall] = []
    for each, gone in ours:
        calls += [_key(each, key_hash, each.org, ends) for key_hash, ends in each.keys.items()]
        calls += [_key(each, key_hash, "", "") for key_hash in gone]
        limits = lines_of(each.limits)
        calls.append(_guarded(_LIMITS, limits_key(each.org), each.version, [limits]))
    await run_all(client, calls)
    await client.ask_all([("SREM", set_key(each.org), *gone) for each, gone in ours if gone])


def owner_call(version: int, key: KnownKey) -> ScriptCall:
    """The call that documents one key of an org's mirror at *version*."""
    name = owner_key(key.hash)
    return _guarded(_KEY, name, version, [key.org, _end_of(key)])


def _end_of(key: KnownKey) -> int | str:
    """Expiry in milliseconds since 1970, or "" for a key that does not expire."""
    return "" if key.expires is None else max(1, micros(key.expires) // 1000)


def _key(each: Publication, key_hash: KeyHash, org: str, ends: int | str) -> ScriptCall:
    return _guarded(_KEY, owner_key(key_hash), each.version, [org, ends])


def _guarded(script: Script, key: str, version: int, args: Sequence[object]) -> ScriptCall:
    return ScriptCall(script, [key, f"since:{{{key}}}"], [version, KEPT_SECONDS, *args])
