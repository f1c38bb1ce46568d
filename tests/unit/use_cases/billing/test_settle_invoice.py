"""Invoices issued, paid and voided."""

import json

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from tests.servers.away import Away
from tests.servers.billing import IN_NOVEMBER, OCTOBER

from adapters.memory.payments import NoPayments
from aldea_core.domain.billing.invoices import InvoiceStatus, NotNow
from aldea_core.domain.billing.payments import PaymentEvent
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms
from aldea_core.domain.errors import BadRequest, NotFound, Unavailable
from aldea_core.domain.ids import InvoiceId


@pytest.fixture
async def draft(world):
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    made, _ = await world.make_invoice(org.id, OCTOBER)
    return made


def signed_notice(world, invoice, event, **more) -> tuple[bytes, str]:
    body = json.dumps({"invoice": invoice, "event": event, **more}).encode()
    return body, world.payments.sign(body)


async def test_issued_invoice_is_collected_once(world, draft):
    """
    By the provider, which gives a payment URL; however often it is issued.
    """
    issued = await world.issue(draft.id)

    assert issued.status is InvoiceStatus.ISSUED
    assert issued.number == "2026-000001"
    assert issued.pay_url
    assert await world.invoices.find(draft.id) == issued
    assert await world.issue(draft.id) == issued
    assert world.payments.asked == {draft.id: 770}


async def test_invoice_that_is_issued_as_its_org_is_deleted_has_its_customer(
    world, draft, deleting
):
    """
    Else it would have no customer and no tax.
    """
    profile = BillingProfile("Acme S.L.", country="ES")
    await world.billing_profiles.set_profile(draft.org, profile)
    await world.billing_profiles.set_tax_rates({"ES": Decimal(21)})
    change_invoice = attrs.evolve(world.change_invoice, accounts=deleting)
    issued = await attrs.evolve(world.issue, change_invoice=change_invoice)(draft.id)

    assert (issued.terms.customer, issued.tax) == (profile, 162)


async def test_without_a_provider_invoices_are_paid_by_hand(world, draft):
    issue = attrs.evolve(world.issue, payments=NoPayments())
    issued = await issue(draft.id)

    assert issued.reference == ""
    assert (await world.pay(draft.id)).status is InvoiceStatus.PAID
    with pytest.raises(BadRequest):
        NoPayments().read(b"{}", "")


async def test_unavailable_provider_is_retried_on_reissue(world, draft):
    """
    The invoice keeps its number.
    """
    away = Away(world.payments)
    issue = attrs.evolve(world.issue, payments=away)
    away.is_away = True
    with pytest.raises(Unavailable):
        await issue(draft.id)
    issued = await world.invoices.find(draft.id)
    assert (issued.status, issued.reference) == (InvoiceStatus.ISSUED, "")
    away.is_away = False

    assert (await issue(draft.id)).reference
    assert (await world.invoices.find(draft.id)).number == issued.number


async def test_payment_notice_marks_the_invoice_paid(world, draft):
    """
    Once or often; a failed payment leaves it open.
    """
    await world.issue(draft.id)

    failed = await world.process_notice(*signed_notice(world, draft.id, "failed"))
    assert failed.event is PaymentEvent.FAILED
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.ISSUED
    for _ in range(2):
        await world.process_notice(*signed_notice(world, draft.id, "paid"))

    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID
    await world.process_notice(*signed_notice(world, draft.id, "failed"))
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID


async def test_notice_of_a_test_may_be_about_another_deployments_invoice(world, draft):
    """
    It is taken, since the provider would repeat it for days. One about an invoice that is here counts.
    """
    await world.issue(draft.id)
    notices = [
        signed_notice(world, invoice, "paid", is_test=True) for invoice in ("none", draft.id)
    ]

    assert await world.process_notice(*notices[0]) is None
    assert (await world.process_notice(*notices[1])).is_test
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID


async def test_unsigned_or_unknown_notice_is_refused(world, draft):
    """
    Without the provider's signature, or of an invoice that is not there.
    """
    await world.issue(draft.id)
    body, signature = signed_notice(world, draft.id, "paid")
    with pytest.raises(BadRequest):
        await world.process_notice(body + b" ", signature)
    with pytest.raises(NotFound):
        await world.process_notice(*signed_notice(world, "none", "paid"))
    other = b'{"about": "weather"}'

    assert await world.process_notice(other, world.payments.sign(other)) is None
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.ISSUED


async def test_void_invoice_frees_its_usage(world, draft):
    """
    It cannot be paid, and its audio is billed by another one.
    """
    assert (await world.void(draft.id)).status is InvoiceStatus.VOID
    assert await world.pay(draft.id) == NotNow(InvoiceStatus.VOID)
    assert await world.issue(draft.id) == NotNow(InvoiceStatus.VOID)
    again, new = await world.make_invoice(draft.org, OCTOBER)

    assert new
    assert again.total == draft.total


async def test_voided_invoice_is_withdrawn_first(world, draft):
    """
    Before its usage can be billed again.
    """
    await world.issue(draft.id)
    away = Away(world.payments)
    void = attrs.evolve(world.void, payments=away)
    away.is_away = True
    with pytest.raises(Unavailable):
        await void(draft.id)
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.ISSUED
    away.is_away = False

    assert (await void(draft.id)).status is InvoiceStatus.VOID
    assert world.payments.asked == {}
    assert (await void(draft.id)).status is InvoiceStatus.VOID
    await world.process_notice(*signed_notice(world, draft.id, "paid"))
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.VOID


async def test_voiding_a_paid_invoice_marks_it_paid(world, draft):
    """
    Also if the provider's notice has not arrived.
    """
    await world.issue(draft.id)
    world.payments.collected.add(draft.id)

    assert await world.void(draft.id) == NotNow(InvoiceStatus.PAID)
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID
    assert await world.void(draft.id) == NotNow(InvoiceStatus.PAID)


@pytest.mark.parametrize("work", ["pay", "void"])
async def test_invoice_issued_meanwhile_is_not_changed(world, draft, work):
    """
    It is collected; a second attempt to pay or void it withdraws it.
    """
    invoices = world.invoices

    class Behind:
        """Looks at an invoice before it is issued, and changes it afterwards."""

        async def find(self, invoice):
            found = await invoices.find(invoice)
            await world.issue(invoice)
            return found

        def __getattr__(self, name):
            return getattr(invoices, name)

    once = attrs.evolve(getattr(world, work), invoices=Behind())
    assert await once(draft.id) == NotNow(InvoiceStatus.ISSUED)
    assert list(world.payments.asked) == [draft.id]

    await getattr(world, work)(draft.id)
    assert world.payments.asked == {}


async def test_invoice_paid_by_hand_is_withdrawn_first(world, draft):
    """
    Before it is marked as paid.
    """
    await world.issue(draft.id)
    away = Away(world.payments)
    pay = attrs.evolve(world.pay, payments=away)
    away.is_away = True
    with pytest.raises(Unavailable):
        await pay(draft.id)
    away.is_away = False

    assert (await pay(draft.id)).status is InvoiceStatus.PAID
    assert world.payments.asked == {}
    assert (await pay(draft.id)).status is InvoiceStatus.PAID


async def test_deleted_orgs_invoice_is_not_collected(world, draft):
    """
    The invoice still exists.
    """
    await world.accounts.remove_org(draft.org)

    assert (await world.issue(draft.id)).status is InvoiceStatus.ISSUED
    assert world.payments.asked == {}


async def test_unknown_invoice_is_not_found(world):
    for work in (world.issue, world.pay, world.void):
        with pytest.raises(NotFound):
            await work(InvoiceId("none"))


async def test_each_change_is_one_event(world, draft):
    """
    However often it is asked for or reported; a draft that becomes void is none.
    """

    async def types() -> list[str]:
        events = await world.events.of_org(draft.org)
        return sorted(event.type.value for event in events)

    for _ in range(2):
        await world.issue(draft.id)
        for event in (PaymentEvent.FAILED, PaymentEvent.FAILED):
            await world.process_notice(*signed_notice(world, draft.id, event.value))
    assert await types() == ["invoice.issued", "invoice.payment_failed"]
    for _ in range(2):
        await world.process_notice(*signed_notice(world, draft.id, PaymentEvent.PAID.value))
    await world.process_notice(*signed_notice(world, draft.id, PaymentEvent.FAILED.value))

    assert await types() == ["invoice.issued", "invoice.paid", "invoice.payment_failed"]
    (issued,) = [
        event for event in await world.events.of_org(draft.org) if event.type == "invoice.issued"
    ]
    assert issued.data["number"] == "2026-000001"
    assert (issued.data["total"], issued.data["currency"]) == (770, "USD")


async def test_void_draft_is_no_event(world, draft):
    await world.void(draft.id)

    assert await world.events.of_org(draft.org) == []


async def test_issued_invoice_has_the_profiles_tax_and_due_date(world, draft):
    """
    As they are when it is issued; a draft shows them as they were when it was made.
    """
    await world.billing_profiles.set_tax_rates({"ES": Decimal(21), "CH": Decimal("8.1")})
    profile = BillingProfile("Acme S.L.", country="ES", purchase_order="PO 7")
    await world.billing_profiles.set_profile(draft.org, profile)
    await world.billing_profiles.set_terms(draft.org, BillingTerms(payment_days=30))
    issued = await world.issue(draft.id)
    await world.billing_profiles.set_profile(draft.org, BillingProfile(country="CH"))
    paid = await world.pay(draft.id)

    assert (draft.subtotal, draft.tax, draft.total) == (770, 0, 770)
    for invoice in (issued, paid):
        assert (invoice.subtotal, invoice.tax, invoice.total) == (770, 162, 932)
        assert invoice.terms.customer == profile
        assert invoice.due == IN_NOVEMBER + timedelta(days=30)
    assert world.payments.asked == {}
    await world.billing_profiles.set_terms(draft.org, BillingTerms(Decimal(0)))
    assert (await world.find_terms(draft.org)).tax_rate == 0
