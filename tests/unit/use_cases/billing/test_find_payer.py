"""Who pays an invoice, and where it is sent."""

from datetime import timedelta

import attrs
import pytest

from tests.contract.payments import an_invoice
from tests.servers.billing import BillingWorld

from aldea_core.domain.access.people import Membership, Role, User
from aldea_core.domain.billing.payments import Payer
from aldea_core.domain.billing.profiles import BillingProfile, InvoiceTerms
from aldea_core.domain.ids import OrgId, UserId


@pytest.fixture
def world():
    return BillingWorld()


@pytest.fixture
async def org(world):
    return await world.create_org("Acme")


@pytest.fixture
def invoice(org):
    return attrs.evolve(an_invoice(), org=org.id)


async def join(world, org, name: str, role: Role, *, is_confirmed: bool = True) -> None:
    now = world.clock.now()
    user = User(UserId(name), f"{name}@acme.example", name, "", now, now if is_confirmed else None)
    await world.users.add(user)
    await world.members.put(Membership(user.id, org.id, role, now))
    world.clock.at += timedelta(minutes=1)


async def test_invoice_is_sent_to_the_first_owner(world, org, invoice):
    """
    Who has confirmed the address. An org may have none.
    """
    assert await world.find_payer(invoice) == Payer(org.id, "Acme", "")
    await join(world, org, "zoe", Role.ADMIN)
    await join(world, org, "pending", Role.OWNER, is_confirmed=False)
    await join(world, org, "bob", Role.OWNER)
    await join(world, org, "ann", Role.OWNER)

    assert await world.find_payer(invoice) == Payer(org.id, "Acme", "bob@acme.example")


async def test_invoice_is_sent_to_its_customer(world, org, invoice):
    """
    By the name and at the address that it is made out to.
    """
    await join(world, org, "ann", Role.OWNER)
    customer = BillingProfile("Acme S.L.", email="bills@acme.example")
    made_out = attrs.evolve(invoice, terms=InvoiceTerms(customer))

    assert await world.find_payer(made_out) == Payer(org.id, "Acme S.L.", "bills@acme.example")


async def test_deleted_org_pays_nothing(world, invoice):
    assert await world.find_payer(attrs.evolve(invoice, org=OrgId("gone"))) is None
