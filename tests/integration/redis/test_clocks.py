"""Gateways whose clocks are far apart agree on which leases are open."""

import asyncio

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import LIFE, ORG, known_key, lease
from tests.servers.redis import redis_node

from adapters.redis.client import connect
from adapters.redis.clock_skew import ClockSkew
from adapters.redis.leases import RedisLeases
from adapters.system.clock import SystemClock
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Admitted, Entitlements, LimitName, Limits, Refused
from aldea_core.ports.leases import Renewal, Renewed


SHORT = timedelta(seconds=1)
ONE = Entitlements(Limits(concurrent_live=1, requests_per_minute=None, quota_ms=60_000))
FAR = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]


@attrs.define
class Gateway:
    """A process on a machine whose clock is wrong by *off*."""

    leases: RedisLeases
    off: timedelta

    def now(self):
        return SystemClock().now() + self.off

    async def admit(self, session: str, under=ONE, life: timedelta = LIFE, key=None):
        now = self.now()
        held = lease(session, at=now, expires=now + life, stretch_ms=10_000)
        held = attrs.evolve(held, key=key or held.key)
        return await self.leases.admit(held, under, at=now)

    async def renew(self, session: str, audio_ms: int):
        now = self.now()
        held = lease(session, at=now, expires=now + LIFE, audio_ms=audio_ms)
        (answer,) = await self.leases.renew([Renewal(held, ONE)], at=now)
        return answer

    async def open(self) -> list[str]:
        return [each.session for each in await self.leases.open(ORG, at=self.now())]


@pytest.fixture
def gateway_on(client):
    def make(off: timedelta) -> Gateway:
        return Gateway(RedisLeases(client, ClockSkew(client)), off)

    return make


@pytest.fixture(params=FAR, ids=str)
def wrong(request, gateway_on):
    return gateway_on(request.param)


@pytest.fixture
def right(gateway_on):
    return gateway_on(timedelta())


async def test_place_of_a_killed_gateway_is_free_after_the_leases_life(wrong, right):
    """
    Also that of a limited key, and the audio reserved. A gateway an hour fast kept all for an hour.
    """
    key = known_key(limits=KeyLimits(concurrent_sessions=1))
    assert isinstance(await wrong.admit("killed", life=SHORT, key=key), Admitted)
    refused = await right.admit("early", key=key)
    assert isinstance(refused, Refused)
    assert refused.name is LimitName.CONCURRENT_LIVE

    await asyncio.sleep(SHORT.total_seconds() + 0.1)

    admitted = await right.admit("next", under=ONE, key=key)
    assert isinstance(admitted, Admitted)
    assert [each.session for each in await right.leases.lapsed(at=right.now())] == ["killed"]


async def test_open_session_keeps_its_place(wrong, right):
    """
    Any gateway may hold it, and any may ask: no clock makes it lapse.
    """
    assert isinstance(await wrong.admit("s1"), Admitted)
    for one in (right, wrong):
        assert await one.open() == ["s1"]
        assert (await one.leases.counts(ORG, at=one.now())).live == 1
        assert list(await one.leases.lapsed(at=one.now())) == []
        assert isinstance(await one.admit("s2"), Refused)
    assert isinstance(await wrong.renew("s1", 1000), Renewed)

    assert await right.open() == ["s1"]
    now = wrong.now()
    await wrong.leases.release(lease("s1", at=now), audio_ms=2000, at=now)
    assert isinstance(await right.admit("s2"), Admitted)
    assert await wrong.open() == ["s2"]


async def test_late_renewal_brings_no_session_back(wrong, right):
    """
    That was released by any clock a moment ago.
    """
    await wrong.admit("s1")
    now = wrong.now()
    await wrong.leases.release(lease("s1", at=now), audio_ms=2000, at=now)
    await right.admit("s2")
    await right.leases.release(lease("s2", at=right.now()), audio_ms=0, at=right.now())

    await wrong.renew("s1", 1000)

    assert await right.open() == []


async def test_rate_is_one_for_all_gateways(wrong, right):
    """
    A gateway whose clock was wrong allowed each its own burst.
    """
    under = Entitlements(Limits(requests_per_minute=6, request_burst=2, concurrent_live=99))
    answers = [
        await one.admit(f"s{n}", under) for n, one in enumerate((wrong, right, wrong, right))
    ]

    assert [type(each) for each in answers] == [Admitted, Admitted, Refused, Refused]
    assert all(each.retry_after <= 10 for each in answers[2:])


async def test_clock_that_is_set_is_measured_at_once(gateway_on, right):
    gateway = gateway_on(timedelta())
    await gateway.admit("s1", life=SHORT)
    gateway.off = timedelta(hours=1)
    await gateway.open()

    assert await right.open() == ["s1"]
    gateway.off = timedelta()
    assert await gateway.open() == ["s1"]


async def test_clocks_that_differ_are_logged_once(wrong, capsys):
    await wrong.open()
    await wrong.open()

    assert capsys.readouterr().out.count("clocks differ") == 1


async def test_redis_that_does_not_answer_changes_nothing():
    """
    What was measured before stays, and is not asked for by every command.
    """
    now = SystemClock().now() + timedelta(hours=1)
    with redis_node() as node:
        client = connect(node.url)
        skew = ClockSkew(client)
        await skew.measure(now)
        before = skew.ahead
    assert timedelta(hours=-1, seconds=-5) < before < timedelta(minutes=-59)

    later = now + timedelta(seconds=11)
    await skew.measure(later)
    await client.close()

    assert skew.ahead == before
    assert not skew.is_due(later)
