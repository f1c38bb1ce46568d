"""Meters are restored from the ledger after the store lost them."""

import attrs

from tests.contract.leases import UNBOUND
from tests.contract.values import NOW, ORG, OTHER_ORG, after, known_key, lease, record, snapshot

from adapters.memory.clock import ManualClock
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import MemoryUsageLedger
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import LimitName, Refused
from aldea_core.use_cases.billing.raise_meters import RaiseMeters


async def test_meters_are_raised_to_the_ledgers_totals():
    """
    Of orgs with a quota, for the current month.
    """
    clock, ledger, leases = ManualClock(NOW), MemoryUsageLedger(), MemoryLeases()
    await ledger.record(
        [
            record("s1", audio_ms=5),
            record("s2", audio_ms=70),
            record("old", audio_ms=900, started=after(-20 * 86400)),
            record("theirs", org=OTHER_ORG),
        ],
    )
    raise_meters = RaiseMeters(ledger, leases, clock)
    orgs = [snapshot(1, quota_ms=100), snapshot(1, org=OTHER_ORG)]

    assert await raise_meters(orgs) == 1
    assert await raise_meters(orgs) == 0
    assert await raise_meters(orgs[1:]) == 0
    assert (await leases.counts(ORG, at=NOW)).used_ms == 75
    assert (await leases.counts(OTHER_ORG, at=NOW)).used_ms == 0


async def test_meters_of_keys_are_raised_too():
    """
    Of keys that have a quota, also where their org has none.
    """
    clock, ledger, leases = ManualClock(NOW), MemoryUsageLedger(), MemoryLeases()
    limited = known_key("limited", limits=KeyLimits(quota_ms=900))
    other = known_key("other", limits=KeyLimits(concurrent_sessions=1))
    await ledger.record(
        [
            record("s1", audio_ms=900, key=limited.id),
            record("s2", audio_ms=70, key=other.id),
            record("old", audio_ms=5, key=limited.id, started=after(-20 * 86400)),
        ],
    )
    raise_meters = RaiseMeters(ledger, leases, clock)
    orgs = [snapshot(1, limited, other, known_key())]

    assert await raise_meters(orgs) == 1
    assert await raise_meters(orgs) == 0
    refused = await leases.admit(attrs.evolve(lease(), key=limited), UNBOUND, at=NOW)
    assert isinstance(refused, Refused)
    assert refused.name is LimitName.KEY_QUOTA
    assert (await leases.counts(ORG, at=NOW)).used_ms == 0
