"""An org's keys, and when each was used last."""

import attrs

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG, after, lease
from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.leases import MemoryLeases
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import Org
from aldea_core.use_cases.access.show_keys import ShowKeys


async def test_a_key_with_an_open_session_is_in_use():
    """
    Before the ledger has it, to half a minute; the ledger's time while leases are away.
    """
    accounts, leases, clock = MemoryAccounts(), Away(MemoryLeases()), ManualClock(NOW)
    await accounts.add_org(Org(ORG, "Acme", NOW))
    used, unused = api_key("used"), api_key("unused")
    for key in (used, unused):
        await accounts.add_key(key)
    show = ShowKeys(accounts, leases, clock)

    async def last_used():
        return {key.id: key.last_used for key in await show(ORG)}

    session = attrs.evolve(lease("s1", at=NOW), key=KnownKey.of(used), expires=after(600))
    await leases.admit(session, Entitlements(), at=NOW)
    assert await last_used() == {used.id: NOW, unused.id: None}
    clock.advance(90)
    seen = (await last_used())[used.id]
    assert after(60) < seen <= after(90)
    clock.advance(0.001)
    assert (await last_used())[used.id] - seen in {after(0) - NOW, after(30) - NOW}
    accounts.mark_used({used.id: after(500)})
    assert (await last_used())[used.id] == after(500)
    accounts.mark_used({unused.id: after(70)})
    leases.is_away = True
    assert await last_used() == {used.id: after(500), unused.id: after(70)}
