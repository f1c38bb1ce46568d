"""Leases of one org are damaged: sessions of other orgs are renewed, listed and settled all the same."""

import pytest

from tests.contract.values import LIFE, NOW, ORG, OTHER_ORG, after, lease

from adapters.redis.leases import RedisLeases, live_keys
from adapters.redis.noted_orgs import index_key
from adapters.redis.refusal_counts import refusals_key
from aldea_core.domain.access.limits import Entitlements, Limits, Refused
from aldea_core.domain.access.meters import day_of, month_of
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.leases import Damaged, Renewal, Renewed


UNDER = Entitlements(Limits(quota_ms=60_000, concurrent_live=1))
OURS, THEIRS = lease("s1", stretch_ms=10_000), lease("s2", org=OTHER_ORG, stretch_ms=10_000)
METER, AUDIO = (
    next(key for key in live_keys(ORG) if key.endswith(part)) for part in (":meter", ":audio")
)
# No part of the live state is a list.
DAMAGE = {
    **{key.rpartition(":")[2]: ("RPUSH", key, "text") for key in live_keys(ORG)},
    "refusals": ("RPUSH", refusals_key(ORG, day_of(NOW)), "text"),
    "used": ("HSET", METER, month_of(NOW), "text"),
    "reserved": ("HSET", METER, f"reserved:{month_of(NOW)}", "text"),
    "checkpoint": ("HSET", AUDIO, OURS.session, "text"),
}


def renewal(held, audio_ms: int) -> Renewal:
    return Renewal(held.counted(audio_ms).renewed(until=after(3) + LIFE), UNDER)


@pytest.fixture
async def leases(client):
    """Of two orgs, each of which had a session refused."""
    leases = RedisLeases(client)
    for held in (OURS, THEIRS):
        await leases.admit(held, UNDER, at=NOW)
        more = lease(f"more-{held.session}", org=held.org)
        assert isinstance(await leases.admit(more, UNDER, at=NOW), Refused)
    return leases


async def damage(client, command, key, *values):
    if command != "HSET":
        await client.ask(key, "DEL", key)
    await client.ask(key, command, key, *values)


@pytest.mark.parametrize("words", DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_no_others_concern(client, leases, words):
    await damage(client, *words)

    ours, theirs = await leases.renew([renewal(OURS, 3000), renewal(THEIRS, 3000)], at=after(3))
    assert isinstance(ours, Renewed | Damaged)
    assert theirs == Renewed(3000, 13_000)
    assert THEIRS.session in {
        each.session for each in await leases.open_of_all(at=after(3), limit=9)
    }
    assert OTHER_ORG in {each.org for each in await leases.refusals(at=after(3))}
    await leases.raise_used({ORG: 9000, OTHER_ORG: 9000}, at=after(3))
    assert (await leases.counts(OTHER_ORG, at=after(3))).used_ms == 9000

    assert THEIRS.session in {each.session for each in await leases.lapsed(at=after(60))}
    await leases.settle([OURS, THEIRS])
    assert THEIRS.session not in {each.session for each in await leases.lapsed(at=after(60))}


@pytest.mark.parametrize("part", ["leases", "live", "audio", "meter", "killed", "ended", "held"])
async def test_damaged_org_is_not_renewed(client, leases, part):
    """
    Nor are its requests admitted here: its gateways count them by themselves.
    """
    await damage(client, *DAMAGE[part])

    assert list(await leases.renew([renewal(OURS, 3000)], at=after(3))) == [Damaged()]


@pytest.mark.parametrize("part", ["leases", "live", "file", "meter", "ended", "rate"])
async def test_damaged_org_is_not_admitted(client, leases, part):
    await damage(client, *DAMAGE[part])

    with pytest.raises(Unavailable):
        await leases.admit(lease("s3"), UNDER, at=after(3))


async def test_damaged_index_of_orgs_is_made_anew(client, leases):
    """
    By the next command of each gateway that has noted its orgs a while ago.
    """
    index = index_key(OTHER_ORG)
    await damage(client, "SET", index, "text")

    assert await leases.lapsed(at=after(1)) == []
    await leases.renew([renewal(THEIRS, 3000)], at=after(31))
    assert [
        each.session for each in await leases.lapsed(at=after(90)) if each.org == OTHER_ORG
    ] == [THEIRS.session]
