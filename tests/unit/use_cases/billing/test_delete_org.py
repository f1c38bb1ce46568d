"""Deleting an org."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.servers.billing import IN_NOVEMBER, NOVEMBER, OCTOBER

from adapters.memory.members import MemoryInvitations, MemoryMembers
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.access.orgs import GoneOrg
from aldea_core.domain.access.people import Invitation, Membership, Role
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.billing.charges import LineKind
from aldea_core.domain.billing.invoices import InvoiceFilter
from aldea_core.domain.billing.plans import Price, Subscription
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms, InvoiceTerms
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvitationId, OrgId, PlanId, UserId
from aldea_core.use_cases.billing.delete_org import DeleteOrg


@pytest.fixture
def members():
    return MemoryMembers()


@pytest.fixture
def invitations():
    return MemoryInvitations()


@pytest.fixture
def delete_org(world, members, invitations):
    transaction = MemoryTransaction(
        [world.accounts, members, invitations, world.billing_profiles],
    )
    return DeleteOrg(
        world.accounts,
        members,
        invitations,
        world.make_invoice,
        world.find_terms,
        world.billing_profiles,
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


async def test_usage_that_comes_in_after_the_deletion_is_billed(world, delete_org):
    """
    Once: at the org's own price, to its customer, without another fee. Its open streams ended by
    the deletion, so that their records came in after the last invoice.
    """
    prices = (Price(SessionKind.LIVE, Decimal("0.5")), Price(SessionKind.FILE, Decimal(1)))
    await world.add_plan(PlanId("gold"), "Gold", "EUR", prices, monthly_fee=900)
    acme = await world.create_org("Acme")
    await world.plans.subscribe(acme.id, Subscription(OCTOBER, PlanId("gold")))
    await world.billing_profiles.set_profile(acme.id, BillingProfile("Acme S.L.", country="ES"))
    await delete_org(acme.id)
    await world.use(acme, "open stream", 60)
    world.clock.at = IN_NOVEMBER

    assert await world.make_due_invoices() == 1
    late, last = await world.invoices.invoices(InvoiceFilter(acme.id))
    assert [(line.kind, line.amount) for line in last.lines] == [(LineKind.FEE, 900)]
    assert [(line.kind, line.month, line.amount) for line in late.lines] == [
        (LineKind.LIVE, OCTOBER, 3000)
    ]
    assert (late.month, late.currency, late.terms) == (NOVEMBER, "EUR", last.terms)
    assert await world.invoices.unbilled_ms(before=NOVEMBER.ends) == 0
    assert [made.new async for made in world.make_invoices(OCTOBER)] == []


async def test_fee_of_a_voided_last_invoice_is_owed_again(world, delete_org):
    """
    As its usage is; of an org that is there both are on the next invoice of the month, too.
    """
    prices = (Price(SessionKind.LIVE, Decimal("0.5")), Price(SessionKind.FILE, Decimal(1)))
    await world.add_plan(PlanId("gold"), "Gold", "EUR", prices, monthly_fee=900)
    acme = await world.create_org("Acme")
    await world.plans.subscribe(acme.id, Subscription(OCTOBER, PlanId("gold")))
    await world.use(acme, "one", 60)
    await delete_org(acme.id)
    (draft,) = await world.invoices.invoices(InvoiceFilter(acme.id))
    await world.void(draft.id)
    world.clock.at = IN_NOVEMBER

    (made,) = [made async for made in world.make_invoices(OCTOBER)]
    assert made.new
    assert (made.invoice.month, made.invoice.lines) == (OCTOBER, draft.lines)


async def test_org_without_an_invoice_is_billed_for_what_comes_in_late(world, delete_org):
    """
    To its customer and with its tax, as they were when it was deleted.
    """
    acme = await world.create_org("Acme")
    profile = BillingProfile("Acme S.L.", country="ES")
    await world.billing_profiles.set_profile(acme.id, profile)
    await world.billing_profiles.set_tax_rates({"ES": Decimal(21)})
    await delete_org(acme.id)
    await world.use(acme, "open stream", 60)
    world.clock.at = IN_NOVEMBER

    (made,) = [made async for made in world.make_invoices(OCTOBER)]
    assert (made.org, made.name, made.new) == (acme.id, "", True)
    assert (made.invoice.month, made.invoice.subtotal, made.invoice.tax) == (OCTOBER, 46, 10)
    assert made.invoice.terms == InvoiceTerms(profile, Decimal(21))


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
