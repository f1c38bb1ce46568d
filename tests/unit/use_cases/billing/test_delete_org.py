"""Deleting an org."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.servers.billing import NOVEMBER, OCTOBER, BillingWorld

from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access.orgs import GoneOrg
from aldea_core.domain.access.people import Invitation, Membership, Role
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.billing.invoices import InvoiceFilter
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms, InvoiceTerms
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvitationId, OrgId, UserId
from aldea_core.use_cases.billing.delete_org import DeleteOrg


@pytest.fixture
def world():
    return BillingWorld()


@pytest.fixture
def members():
    return MemoryMembers()


@pytest.fixture
def invitations():
    return MemoryInvitations()


@pytest.fixture
def delete_org(world, members, invitations):
    transaction = MemoryTransaction([world.accounts, members, invitations])
    return DeleteOrg(
        world.accounts,
        members,
        invitations,
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
    (invoice,) = await world.invoices.invoices(InvoiceFilter(acme.id))
    assert invoice.month == OCTOBER
    assert not (await world.invoices.unbilled(acme.id, NOVEMBER)).usage


async def test_last_invoice_is_issued_with_its_customer_and_tax(world, delete_org):
    """
    As they were when the org was deleted: nothing else is known of it any more.
    """
    acme = await world.create_org("Acme")
    profile = BillingProfile("Acme S.L.", country="ES")
    await world.billing_profiles.set_profile(acme.id, profile)
    await world.billing_profiles.set_terms(acme.id, BillingTerms(Decimal(21), 30))
    await world.use(acme, "one", 1000)
    await delete_org(acme.id)
    (draft,) = await world.invoices.invoices(InvoiceFilter(acme.id))

    issued = await world.issue(draft.id)
    assert issued.terms == draft.terms == InvoiceTerms(profile, Decimal(21), 30)
    assert (issued.tax, issued.due) == (draft.tax, issued.issued + timedelta(days=30))


async def test_invitations_end_with_the_org(world, delete_org, invitations):
    """
    Those of other orgs stay open.
    """
    acme, other = await world.create_org("Acme"), await world.create_org("Other")
    now = world.clock.now()
    tokens = {}
    for org in (acme, other):
        tokens[org.id] = Token.mint(TokenKind.INVITATION, world.randomness.bytes(RANDOM_BYTES)).hash
        invitation = Invitation(
            InvitationId(f"of {org.name}"), org.id, "bob@example.com", Role.MEMBER, tokens[org.id],
            None, now, now + timedelta(days=7),
        )  # fmt: skip
        await invitations.add(invitation)
    await delete_org(acme.id)

    assert await invitations.of_token(tokens[acme.id]) is None
    assert (await invitations.of_token(tokens[other.id])).org == other.id


async def test_unknown_org_is_not_found(delete_org):
    with pytest.raises(NotFound):
        await delete_org(OrgId("unknown"))
