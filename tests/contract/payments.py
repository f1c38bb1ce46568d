"""What every `Payments` that collects promises."""

import attrs
import pytest

from tests.contract.plans import JANUARY
from tests.contract.values import NOW, ORG
from tests.unit.domain.billing.test_charges import PLAN, used

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import Unbilled
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus, drafted
from aldea_core.domain.billing.payments import Notice, Payer, PaymentEvent
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import InvoiceId


PAYER = Payer(ORG, "Acme", "bills@acme.example")


def an_invoice(name: str = "i1") -> Invoice:
    plan = attrs.evolve(PLAN, monthly_fee=900)
    usage = [used(10, month=JANUARY), used(7, SessionKind.FILE, month=JANUARY)]
    unbilled = Unbilled(usage)
    made = drafted(InvoiceId(name), ORG, JANUARY, unbilled, {JANUARY: plan}, at=NOW)
    assert made is not None
    return attrs.evolve(made, status=InvoiceStatus.ISSUED, number="2026-000001", issued=NOW)


class PaymentsContract:
    """
    Subclasses give the fixtures `payments`; `collected`, which gives the totals that the
    provider collects; `pay`, which pays an invoice there; and `signed_notice`, which makes a signed
    notice of an invoice and an event.
    """

    async def test_an_invoice_is_collected_once(self, payments, collected):
        """
        However often it is requested, at its total.
        """
        invoice = an_invoice()
        asked = [await payments.request(PAYER, invoice) for _ in range(3)]

        assert len(set(asked)) == 1
        assert asked[0].reference
        assert asked[0].pay_url.startswith("https://")
        assert collected() == [invoice.total]

    async def test_owed_invoices_are_collected_alone(self, payments):
        """
        Not what is paid, nor what comes to nothing.
        """
        owed = an_invoice()

        assert payments.collects(PAYER, owed)
        assert not payments.collects(PAYER, attrs.evolve(owed, status=InvoiceStatus.PAID))
        assert not payments.collects(PAYER, attrs.evolve(owed, lines=()))

    async def test_invoices_of_one_org_are_separate(self, payments, collected):
        """
        Two of the same org are two.
        """
        asked = {(await payments.request(PAYER, an_invoice(name))).reference for name in "ab"}

        assert len(asked) == len(collected()) == 2

    @pytest.mark.parametrize("is_paid", [False, True])
    async def test_withdrawn_invoice_is_not_collected(self, payments, collected, is_paid):
        """
        Whether it is void or paid otherwise, once or often; other invoices are collected.
        """
        requested = await payments.request(PAYER, an_invoice("a"))
        await payments.request(PAYER, an_invoice("b"))
        known = attrs.evolve(an_invoice("a"), reference=requested.reference)

        assert await payments.withdraw(PAYER, known, is_paid=is_paid)
        assert collected() == [known.total]
        await payments.withdraw(None, known, is_paid=is_paid)
        assert collected() == [known.total]

    async def test_unrequested_invoice_can_be_withdrawn(self, payments, collected):
        """
        A lost request may still arrive.
        """
        await payments.request(PAYER, an_invoice("a"))
        for org in (None, PAYER):
            assert await payments.withdraw(org, an_invoice("never"), is_paid=False)
        assert await payments.withdraw(PAYER, an_invoice("a"), is_paid=False)

        assert collected() == []

    async def test_collected_invoice_is_not_withdrawn(self, payments, pay):
        requested = await payments.request(PAYER, an_invoice())
        pay("i1")
        known = attrs.evolve(an_invoice(), reference=requested.reference)

        assert not await payments.withdraw(PAYER, known, is_paid=False)

    @pytest.mark.parametrize("event", PaymentEvent)
    async def test_notices_name_the_invoice(self, payments, signed_notice, event):
        """
        By its own id and the provider's.
        """
        requested = await payments.request(PAYER, an_invoice())

        notice = payments.read(*signed_notice("i1", event))

        assert notice is not None
        assert notice == Notice(InvoiceId("i1"), event, requested.reference, notice.id)
        assert notice.id

    async def test_notice_without_the_providers_signature_is_refused(self, payments, signed_notice):
        """
        Changed ones too.
        """
        await payments.request(PAYER, an_invoice())
        body, signature = signed_notice("i1", PaymentEvent.PAID)
        for wrong in ((body + b" ", signature), (body, ""), (body, "t=1,v1=00"), (b"", signature)):
            with pytest.raises(BadRequest):
                payments.read(*wrong)
