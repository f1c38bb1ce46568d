"""Invoices are credited, and stay as they are."""

from decimal import Decimal

import attrs
import pytest

from tests.servers.away import Away
from tests.servers.billing import IN_NOVEMBER, OCTOBER

from adapters.memory.payments import NoPayments
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.billing.invoices import InvoiceStatus, NotNow
from aldea_core.domain.billing.profiles import BillingTerms
from aldea_core.domain.errors import BadRequest, NotFound, Unavailable
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.notifications.events import EventType
from aldea_core.use_cases.billing.credit_invoice import CreditInvoice


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
        world.find_payer,
        world.payments,
        world.credit_notes,
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


@pytest.mark.parametrize("part", [7, 100, 769])
async def test_credit_notes_of_a_whole_invoice_add_up_to_it(world, draft, credit, part):
    """
    Tax included, into however many parts it is cut; none gives back more tax than there was.
    """
    await world.issue(draft.id)
    paid = await world.pay(draft.id)
    left, notes = paid.subtotal, []
    while left:
        notes.append(await credit(draft.id, min(part, left), "Outage"))
        left -= notes[-1].amount

    assert sum(note.tax for note in notes) == paid.tax
    assert sum(note.total for note in notes) == paid.total


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


async def test_what_the_provider_is_about_to_collect_is_not_credited(world, draft, credit):
    """
    It did not answer: issuing the invoice again asks it for the whole invoice. It does not collect
    what a deleted org owes.
    """
    away = Away(world.payments)
    away.is_away = True
    with pytest.raises(Unavailable):
        await attrs.evolve(world.issue, payments=away)(draft.id)

    assert "payment provider" in str(await credit(draft.id, 1, "Outage"))
    await world.accounts.remove_org(draft.org)
    assert isinstance(await credit(draft.id, 1, "Outage"), CreditNote)


async def test_credited_invoice_is_not_collected_by_a_provider_that_comes_later(
    world, draft, credit
):
    """
    It would collect the whole invoice, when an operator issues it once more.
    """
    by_hand = {"payments": NoPayments()}
    await attrs.evolve(world.issue, **by_hand)(draft.id)
    await attrs.evolve(credit, **by_hand)(draft.id, 100, "Outage")

    assert (await world.issue(draft.id)).reference == ""
    assert world.payments.asked == {}


async def test_credited_invoice_does_not_become_void(world, draft, credit):
    """
    Its usage would be billed again, and what was given back would be given back of nothing. The
    rest of it is credited instead.
    """
    by_hand = {"payments": NoPayments()}
    await attrs.evolve(world.issue, **by_hand)(draft.id)
    credit, void = attrs.evolve(credit, **by_hand), attrs.evolve(world.void, **by_hand)
    await credit(draft.id, 100, "Outage")

    refused = await void(draft.id)
    assert refused == NotNow(InvoiceStatus.ISSUED, is_credited=True)
    assert str(refused).endswith("credit the rest of it.")
    assert not (await world.invoices.unbilled(draft.org, OCTOBER)).usage
    assert isinstance(await credit(draft.id, draft.subtotal - 100, "The rest"), CreditNote)
    await attrs.evolve(world.pay, **by_hand)(draft.id)
    assert await void(draft.id) == NotNow(InvoiceStatus.PAID)
