"""Invoices are credited, and stay as they are."""

from decimal import Decimal

import pytest

from tests.servers.billing import IN_NOVEMBER, OCTOBER, BillingWorld

from adapters.memory.credit_notes import MemoryCreditNotes
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.billing.profiles import BillingTerms
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.notifications.events import EventType
from aldea_core.use_cases.billing.credit_invoice import CreditInvoice


@pytest.fixture
async def world():
    return BillingWorld()


@pytest.fixture
async def draft(world):
    org = await world.create_org("Acme")
    await world.billing_profiles.set_terms(org.id, BillingTerms(Decimal("7.75")))
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    made, _ = await world.make_invoice(org.id, OCTOBER)
    return made


@pytest.fixture
def credit(world):
    return CreditInvoice(
        world.invoices,
        MemoryCreditNotes(),
        MemoryTransaction([]),
        world.record_event,
        world.randomness,
        world.clock,
    )


async def test_paid_invoice_is_credited_up_to_what_it_was(world, draft, credit):
    """
    With its tax; each credit note is an event, and the invoice stays as it is.
    """
    await world.issue(draft.id)
    paid = await world.pay(draft.id)

    first = await credit(draft.id, 100, "Outage")
    assert (first.number, first.tax, first.total) == ("CN-2026-000001", 8, 108)
    assert (first.invoice, first.invoice_number) == (draft.id, "2026-000001")
    assert str(await credit(draft.id, 671, "More")) == (
        "Of the invoice 6.70 USD without tax is left to credit."
    )
    assert isinstance(await credit(draft.id, 670, "The rest"), CreditNote)
    assert isinstance(await credit(draft.id, 1, "More"), NotCreditable)
    assert await world.invoices.find(draft.id) == paid
    events = await world.events.of_org(draft.org)
    assert [event.type for event in events].count(EventType.CREDIT_NOTE_ISSUED) == 2


async def test_what_is_not_owed_or_paid_is_not_credited(world, draft, credit):
    """
    Nor what the payment provider is to collect whole.
    """
    assert isinstance(await credit(draft.id, 1, "Draft"), NotCreditable)
    await world.issue(draft.id)
    assert "payment provider" in str(await credit(draft.id, 1, "Owed"))
    await world.void(draft.id)
    assert isinstance(await credit(draft.id, 1, "Void"), NotCreditable)
    with pytest.raises(NotFound):
        await credit(InvoiceId("none"), 1, "None")
    with pytest.raises(BadRequest):
        await credit(draft.id, 0, "Nothing")
