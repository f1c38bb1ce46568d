"""What Redis holds of one org is damaged: other orgs are served, compared and repaired all the same."""

import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, known_key, lease, snapshot

from adapters.memory.clock import ManualClock
from adapters.memory.leases import MemoryLeases
from adapters.redis.documented import limits_key, owner_key, set_key
from adapters.redis.keystore import RedisKeystore, mirror_key
from adapters.redis.orphan_keys import RedisOrphanKeys
from adapters.redis.snapshots import RedisKeystoreSnapshots
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyHash
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.sync.drift import differences
from aldea_core.ports.keystore import Unreadable
from aldea_core.use_cases.live.renew_sessions import RenewSessions


KEY, OTHERS = known_key("a"), known_key("b", OTHER_ORG)
RIGHT, OTHER = snapshot(3, KEY), snapshot(3, OTHERS, org=OTHER_ORG)
MIRROR, LIMITS, SET = mirror_key(ORG), limits_key(ORG), set_key(ORG)
# In the mirror, by which gateways decide.
DECISIVE = {
    "status": ("HSET", MIRROR, "status", "frozen"),
    "limit": ("HSET", MIRROR, "concurrent_live", "ten"),
    "version": ("HSET", MIRROR, "version", "third"),
    "key": ("HSET", MIRROR, f"key:{KEY.hash}", "{"),
    "mirror of another type": ("SET", MIRROR, "text"),
    "owner of another type": ("SADD", owner_key(KEY.hash), "text"),
}
DAMAGE = {
    **DECISIVE,
    "documented status": ("HSET", LIMITS, "status", "frozen"),
    "documented limit": ("HSET", LIMITS, "concurrent_live", "ten"),
    "documented version": ("HSET", LIMITS, "version", "third"),
    "documented limits of another type": ("SET", LIMITS, "text"),
    "documented set of another type": ("SET", SET, "text"),
}


async def damage(client, *words) -> RedisKeystore:
    keystore = RedisKeystore(client)
    await keystore.put_all([RIGHT, OTHER])
    if words[0] != "HSET":
        await client.ask(words[1], "DEL", words[1])
    await client.ask(words[1], *words)
    return keystore


@pytest.mark.parametrize("words", DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_drift_that_is_repaired(client, words):
    """
    By the snapshot that the database still has, in the same version.
    """
    keystore, snapshots = await damage(client, *words), RedisKeystoreSnapshots(client)
    held = await snapshots.held([ORG, OTHER_ORG])

    assert differences(OTHER, held[OTHER_ORG], at=NOW) == ()
    assert differences(RIGHT, held.get(ORG), at=NOW)
    await keystore.put(RIGHT)
    held = await snapshots.held([ORG])
    assert differences(RIGHT, held[ORG], at=NOW) == ()
    assert (await keystore.caller(KEY.hash)).key == KEY


@pytest.mark.parametrize("words", DECISIVE.values(), ids=DECISIVE)
async def test_damage_is_no_others_concern(client, words):
    """
    Requests of the org are asked to come again. Sessions of others are renewed beside its own.
    """
    keystore = await damage(client, *words)

    with pytest.raises(Unavailable, match="keystore"):
        await keystore.caller(KEY.hash)
    keys = await keystore.keys([KEY.hash, OTHERS.hash])
    entitlements = await keystore.entitlements_of_orgs([ORG, OTHER_ORG])
    assert keys[OTHERS.hash] == OTHERS
    assert entitlements[OTHER_ORG] == OTHER.entitlements
    assert ORG not in entitlements or keys[KEY.hash] == Unreadable()


@pytest.mark.parametrize("words", DECISIVE.values(), ids=DECISIVE)
async def test_damage_ends_no_session(client, words):
    """
    Until it is repaired: a key that was revoked meanwhile ends its sessions then.
    """
    keystore, leases, clock = await damage(client, *words), MemoryLeases(), ManualClock(NOW)
    renew = RenewSessions(keystore, leases, MemoryLeases(), clock)
    opened = lease()
    await leases.admit(opened, RIGHT.entitlements, at=NOW)

    (renewed,) = await renew([opened])
    assert not isinstance(renewed, Ending)
    await keystore.put(RIGHT)
    assert not isinstance((await renew([renewed]))[0], Ending)
    await keystore.put(snapshot(4))
    assert list(await renew([renewed])) == [Ending.KEY_REVOKED]


@pytest.mark.parametrize("words", DECISIVE.values(), ids=DECISIVE)
async def test_orphan_keys_are_found_beside_damage(client, words):
    """
    And no key of the damaged org is one, as it is not known to have lost it.
    """
    await damage(client, *words)
    orphan = KeyHash("f" * 64)
    await client.ask(owner_key(orphan), "SET", owner_key(orphan), OTHER_ORG)
    keys = RedisOrphanKeys(client)

    found = [key for page in [page async for page in keys.pages()] for key in page.orphans]
    assert [key.hash for key in found] == [orphan]
    assert list(await keys.drop(found)) == found


@pytest.mark.parametrize("key", [SET, LIMITS, owner_key(KEY.hash)])
@pytest.mark.parametrize("of_type", [("SADD", "text"), ("SET", "text")], ids=["type", "value"])
async def test_damaged_version_of_a_documented_key_is_none(client, key, of_type):
    """
    The org is documented at the next version, and others with it.
    """
    command, value = of_type
    since = f"since:{{{key}}}"
    keystore = await damage(client, command, since, value)

    assert await keystore.put_all([snapshot(4, KEY), snapshot(4, OTHERS, org=OTHER_ORG)]) == 2
    held = await RedisKeystoreSnapshots(client).held([ORG, OTHER_ORG])
    assert differences(snapshot(4, KEY), held[ORG], at=NOW) == ()
    assert differences(snapshot(4, OTHERS, org=OTHER_ORG), held[OTHER_ORG], at=NOW) == ()
