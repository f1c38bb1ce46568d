"""Extending a session's reservation."""

from datetime import timedelta

import attrs

from tests.contract.values import NOW, ORG, after, known_key, lease, snapshot

from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import Damaged
from aldea_core.use_cases.live.extend_lease import ExtendLease, Extension


async def test_audio_counts_whole_where_the_quota_is_unknown():
    """
    The store lost the org; what was transcribed is not given away.
    """
    extend = ExtendLease(MemoryKeystore(), MemoryLeases(), ManualClock())
    unknown = Lease(SessionId("s"), known_key(), SessionKind.FILE, TaskId("t"), NOW, NOW)

    assert await extend(attrs.evolve(unknown, granted_ms=1000), 5000) == Extension(5000)


async def test_audio_counts_whole_where_the_orgs_leases_are_damaged():
    """
    What is left of the quota is unknown.
    """

    class Broken(MemoryLeases):
        async def renew(self, renewals, *, at):
            return [Damaged()] * len(renewals)

    keystore = MemoryKeystore()
    await keystore.put(snapshot(1, known_key(), quota_ms=2000))
    extend = ExtendLease(keystore, Broken(), ManualClock(NOW))

    assert await extend(lease().granted(1000), 5000) == Extension(5000)


async def test_session_that_was_ended_gets_no_more():
    """
    What it had reserved is billed: its audio was transcribed.
    """
    keystore, leases, clock = MemoryKeystore(), MemoryLeases(), ManualClock(NOW)
    limits = snapshot(1, known_key(), quota_ms=60_000)
    await keystore.put(limits)
    held = lease(kind=SessionKind.FILE, stretch_ms=1000)
    admitted = await leases.admit(held, limits.entitlements, at=NOW)
    await leases.kill(ORG, held.session)

    found = await ExtendLease(keystore, leases, clock)(held.granted(admitted.granted_ms), 5000)

    assert found == Extension(1000, Ending.QUOTA_USED)


async def test_audio_that_was_granted_is_not_asked_for_again():
    """
    The store, which does not know the session, would grant none.
    """
    extend = ExtendLease(MemoryKeystore(), MemoryLeases(), ManualClock())

    assert await extend(lease().granted(1000), 1000) == Extension(1000)


async def test_place_is_free_soon_if_the_extended_lease_is_not_released():
    """
    As of any lease, however long its session was open.
    """
    began, clock = NOW - timedelta(hours=2), ManualClock(NOW)
    keystore, leases = MemoryKeystore(), MemoryLeases()
    limits = snapshot(1, known_key(), quota_ms=60_000)
    await keystore.put(limits)
    held = lease(at=began, expires=after(10), stretch_ms=1000)
    admitted = await leases.admit(held, limits.entitlements, at=NOW)

    extend = ExtendLease(keystore, leases, clock)
    assert await extend(held.granted(admitted.granted_ms), 5000) == Extension(5000)

    assert list(await leases.open(ORG, at=after(31))) == []
