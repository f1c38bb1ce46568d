"""Deleting an org."""

import pytest

from tests.servers.billing import NOVEMBER, OCTOBER, BillingWorld

from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access.orgs import GoneOrg
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId, UserId
from aldea_core.use_cases.billing.delete_org import DeleteOrg


@pytest.fixture
def world():
    return BillingWorld()


@pytest.fixture
def members():
    return MemoryMembers()


@pytest.fixture
def delete_org(world, members):
    transaction = MemoryTransaction([world.accounts, members])
    return DeleteOrg(
        world.accounts,
        members,
        MemoryInvitations(),
        world.make_invoice,
        transaction,
        world.clock,
    )


async def test_deleted_org_is_invoiced_first(world, delete_org, members):
    """
    The current month too; gateways end its keys and sessions, as for every org that is gone.
    """
    acme = await world.create_org("Acme")
    await members.put(Membership(UserId("ann"), acme.id, Role.OWNER, world.clock.now()))
    await world.use(acme, "one", 10)
    await delete_org(acme.id)

    assert await world.accounts.org(acme.id) is None
    gone = await world.accounts.snapshot(acme.id, at=world.clock.now())
    assert isinstance(gone, GoneOrg)
    assert await members.of_user(UserId("ann")) == []
    (invoice,) = await world.invoices.invoices(acme.id)
    assert invoice.month == OCTOBER
    assert not (await world.invoices.unbilled(acme.id, NOVEMBER)).usage


async def test_unknown_org_is_not_found(delete_org):
    with pytest.raises(NotFound):
        await delete_org(OrgId("unknown"))
