"""Suspending orgs."""

import pytest

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.events import MemoryEvents
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.domain.notifications.events import EventType
from aldea_core.use_cases.access.change_status import ChangeStatus
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.notifications.record_event import RecordEvent


class World:
    def __init__(self) -> None:
        randomness, clock = SeededRandomness(), ManualClock()
        self.accounts, self.events = MemoryAccounts(), MemoryEvents()
        self.create_org = CreateOrg(self.accounts, randomness, clock)
        record = RecordEvent(self.events, randomness, clock)
        self.change = ChangeStatus(self.accounts, record)

    async def happened(self) -> list:
        return [(event.type, event.data) for event in await self.events.undispatched(100)]


@pytest.fixture
def world():
    return World()


async def test_suspension_and_its_end_are_events_with_the_reason(world):
    """
    Members see the reason as long as the org is suspended.
    """
    org = await world.create_org("Acme")
    before, after = await world.change(org.id, OrgStatus.SUSPENDED, "Unpaid.")
    assert (before.status, before.suspension_reason) == (OrgStatus.ACTIVE, "")
    assert (after.status, after.suspension_reason) == (OrgStatus.SUSPENDED, "Unpaid.")
    assert await world.happened() == [(EventType.ORG_SUSPENDED, {"reason": "Unpaid."})]

    _, active = await world.change(org.id, OrgStatus.ACTIVE, "Paid.")
    assert (active.status, active.suspension_reason) == (OrgStatus.ACTIVE, "")
    assert (EventType.ORG_ACTIVATED, {"reason": "Paid."}) in await world.happened()


async def test_no_change_is_no_event(world):
    """
    Another reason is one.
    """
    org = await world.create_org("Acme")
    await world.change(org.id, OrgStatus.ACTIVE)
    assert await world.happened() == []
    for reason in ("Unpaid.", "Unpaid.", "Abuse."):
        await world.change(org.id, OrgStatus.SUSPENDED, reason)

    assert [data["reason"] for _, data in await world.happened()] == ["Unpaid.", "Abuse."]


async def test_unknown_org_is_not_found(world):
    with pytest.raises(NotFound, match="no such organisation"):
        await world.change(OrgId("unknown"), OrgStatus.SUSPENDED, "x")
    assert await world.happened() == []
