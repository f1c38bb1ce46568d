"""Invoices issued, paid and taken back."""

import json

import attrs
import pytest

from tests.servers.away import Away
from tests.servers.billing import IN_NOVEMBER, OCTOBER, BillingWorld

from adapters.memory.payments import NoPayments
from aldea_core.domain.billing.invoices import InvoiceStatus, NotNow
from aldea_core.domain.billing.payments import PaymentEvent
from aldea_core.domain.errors import BadRequest, NotFound, Unavailable
from aldea_core.domain.ids import InvoiceId
from aldea_core.use_cases.billing.settle_invoice import IssueInvoice


@pytest.fixture
def world():
    return BillingWorld()


@pytest.fixture
async def draft(world):
    org = await world.create_org("Acme")
    await world.use(org, "a", 1000)
    world.clock.at = IN_NOVEMBER
    made, _ = await world.make_invoice(org.id, OCTOBER)
    return made


def told(world, invoice, event) -> tuple[bytes, str]:
    body = json.dumps({"invoice": invoice, "event": event}).encode()
    return body, world.payments.sign(body)


async def test_an_issued_invoice_is_collected(world, draft):
    """
    By the provider, which says where to pay; once, however often it is issued.
    """
    issued = await world.issue(draft.id)

    assert issued.status is InvoiceStatus.ISSUED
    assert issued.number == "2026-000001"
    assert issued.pay_url
    assert await world.invoices.find(draft.id) == issued
    assert await world.issue(draft.id) == issued
    assert world.payments.asked == {draft.id: 770}


async def test_without_a_provider(world, draft):
    """
    An invoice is paid when somebody says so.
    """
    issue = IssueInvoice(world.invoices, world.accounts, NoPayments(), world.clock)
    issued = await issue(draft.id)

    assert issued.reference == ""
    assert (await world.pay(draft.id)).status is InvoiceStatus.PAID
    with pytest.raises(BadRequest):
        NoPayments().read(b"{}", "")


async def test_a_provider_that_does_not_answer(world, draft):
    """
    Is asked again when the invoice is issued again; its number stays.
    """
    away = Away(world.payments)
    issue = IssueInvoice(world.invoices, world.accounts, away, world.clock)
    away.is_away = True
    with pytest.raises(Unavailable):
        await issue(draft.id)
    issued = await world.invoices.find(draft.id)
    assert (issued.status, issued.reference) == (InvoiceStatus.ISSUED, "")
    away.is_away = False

    assert (await issue(draft.id)).reference
    assert (await world.invoices.find(draft.id)).number == issued.number


async def test_what_was_paid_is_told(world, draft):
    """
    Once or often; a failure leaves it owed.
    """
    await world.issue(draft.id)

    failed = await world.hear(*told(world, draft.id, "failed"))
    assert failed.event is PaymentEvent.FAILED
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.ISSUED
    for _ in range(2):
        await world.hear(*told(world, draft.id, "paid"))

    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID
    await world.hear(*told(world, draft.id, "failed"))
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID


async def test_what_nobody_may_tell(world, draft):
    """
    Without the provider's signature, or of an invoice that is not there.
    """
    await world.issue(draft.id)
    body, signature = told(world, draft.id, "paid")
    with pytest.raises(BadRequest):
        await world.hear(body + b" ", signature)
    with pytest.raises(NotFound):
        await world.hear(*told(world, "none", "paid"))
    other = b'{"about": "weather"}'

    assert await world.hear(other, world.payments.sign(other)) is None
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.ISSUED


async def test_a_void_invoice(world, draft):
    """
    Is not paid, and its audio goes on another one.
    """
    assert (await world.void(draft.id)).status is InvoiceStatus.VOID
    assert await world.pay(draft.id) == NotNow(InvoiceStatus.VOID)
    assert await world.issue(draft.id) == NotNow(InvoiceStatus.VOID)
    again, new = await world.make_invoice(draft.org, OCTOBER)

    assert new
    assert again.total == draft.total


async def test_an_issued_invoice_that_is_taken_back(world, draft):
    """
    Is not collected any more, before what it billed is billed again.
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
    await world.hear(*told(world, draft.id, "paid"))
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.VOID


async def test_one_that_was_paid_meanwhile(world, draft):
    """
    Is paid, also if nobody has told us yet.
    """
    await world.issue(draft.id)
    world.payments.collected.add(draft.id)

    assert await world.void(draft.id) == NotNow(InvoiceStatus.PAID)
    assert (await world.invoices.find(draft.id)).status is InvoiceStatus.PAID
    assert await world.void(draft.id) == NotNow(InvoiceStatus.PAID)


@pytest.mark.parametrize("work", ["pay", "void"])
async def test_one_that_is_issued_meanwhile(world, draft, work):
    """
    Is collected, so it stays as it is; a second try withdraws it.
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


async def test_one_that_was_paid_in_another_way(world, draft):
    """
    Is not collected any more, before it is noted.
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


async def test_an_org_that_is_gone_is_asked_for_nothing(world, draft):
    """
    Its invoice is there all the same.
    """
    await world.accounts.remove_org(draft.org)

    assert (await world.issue(draft.id)).status is InvoiceStatus.ISSUED
    assert world.payments.asked == {}


async def test_what_is_not_there(world):
    """
    Is not found.
    """
    for work in (world.issue, world.pay, world.void):
        with pytest.raises(NotFound):
            await work(InvoiceId("none"))
