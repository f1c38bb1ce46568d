"""Invoices collected by Stripe, or by a server that plays it."""

import attrs
import pytest

from tests.contract.accounts import ACME
from tests.contract.payments import PaymentsContract, an_invoice
from tests.servers.stripe import KEY, WEBHOOK_SECRET, signature, stripe_server

from adapters.stripe.payments import StripePayments, connect
from aldea_core.domain.billing.payments import PaymentEvent
from aldea_core.domain.errors import BadRequest, Unavailable


EVENTS = {PaymentEvent.PAID: "invoice.paid", PaymentEvent.FAILED: "invoice.payment_failed"}


@pytest.fixture
def server():
    with stripe_server() as server:
        yield server


@pytest.fixture
def payments(server):
    return StripePayments(connect(KEY, server.url), WEBHOOK_SECRET)


class TestStripePayments(PaymentsContract):
    @pytest.fixture
    def collected(self, server):
        return lambda: [one["total"] for one in server.invoices.values() if one["status"] == "open"]

    @pytest.fixture
    def pay(self, server):
        def pay(invoice):
            server.copy_of(invoice)["status"] = "paid"

        return pay

    @pytest.fixture
    def told(self, server):
        def tell(invoice, event):
            body = server.event(EVENTS[event], server.copy_of(invoice))
            return body, signature(body)

        return tell

    async def test_stripe_gets_our_lines(self, payments, server):
        """
        Each at its amount; the invoice is to be paid, and the org is a customer.
        """
        invoice = an_invoice()
        requested = await payments.request(ACME, invoice)

        copy = server.invoices[requested.reference]
        assert [line["amount"] for line in copy["lines"]] == [line.amount for line in invoice.lines]
        assert "January 2026" in copy["lines"][1]["description"]
        assert (copy["status"], copy["currency"]) == ("open", "usd")
        assert copy["metadata"] == {"aldea_invoice": "i1", "aldea_number": "2026-000001"}
        assert [customer["name"] for customer in server.customers.values()] == ["Acme"]

    @pytest.mark.parametrize("currency", ["ISK", "UGX", "KWD"])
    async def test_currencies_that_stripe_counts_otherwise(self, payments, collected, currency):
        """
        Are collected in other ways: a hundred krónur are not one.
        """
        invoice = attrs.evolve(an_invoice(), currency=currency)

        assert await payments.request(ACME, invoice) is None
        assert collected() == []

    async def test_a_search_that_lags(self, payments, server, collected):
        """
        Makes nothing twice: the idempotency keys know.
        """
        server.sees = False
        first = await payments.request(ACME, an_invoice())
        second = await payments.request(ACME, an_invoice())

        assert first == second
        assert len(server.customers) == len(collected()) == 1

    async def test_keys_that_are_forgotten(self, payments, server, collected):
        """
        After a day: then the search knows.
        """
        for _ in range(3):
            await payments.request(ACME, an_invoice())
            server._answers.clear()

        assert collected() == [an_invoice().total]
        assert len(server.customers) == 1

    @pytest.mark.parametrize("after", range(6))
    async def test_whoever_dies_on_the_way_goes_on_where_it_was(
        self, payments, server, collected, after
    ):
        """
        At any step, though the keys are forgotten: collected once.
        """
        real, left = server.answer, [after]

        def dying(*request):
            if left[0] == 0:
                return 400, {"error": {"type": "api_error", "message": "gone"}}
            left[0] -= 1
            return real(*request)

        server.answer = dying
        with pytest.raises(Unavailable):
            await payments.request(ACME, an_invoice())
        server.answer = real
        server._answers.clear()
        await payments.request(ACME, an_invoice())

        assert collected() == [an_invoice().total]
        assert [one["status"] for one in server.invoices.values()] == ["open"]

    @pytest.mark.parametrize("after", range(6))
    @pytest.mark.parametrize("sees", [False, True])
    async def test_whoever_is_at_it_is_stopped(self, payments, server, collected, after, sees):
        """
        At any step, also where searches find nothing yet: nothing is collected of what was
        withdrawn, though whoever requested it goes on.
        """
        server.sees = sees
        real, left = server.answer, [after]

        def stopping(*request):
            if left[0] == 0:
                return 400, {"error": {"type": "api_error", "message": "wait"}}
            left[0] -= 1
            return real(*request)

        server.answer = stopping
        with pytest.raises(Unavailable):
            await payments.request(ACME, an_invoice())
        server.answer = real

        assert await payments.withdraw(ACME, an_invoice(), is_paid=False)
        with pytest.raises(Unavailable):
            await payments.request(ACME, an_invoice())
        assert collected() == []
        assert await payments.withdraw(ACME, an_invoice(), is_paid=False)

    async def test_what_was_paid_otherwise_is_so_at_stripe(self, payments, server):
        """
        Its reports and its customers are told that nothing is owed, not that nothing was.
        """
        requested = await payments.request(ACME, an_invoice())
        await payments.withdraw(ACME, an_invoice(), is_paid=True)

        copy = server.invoices[requested.reference]
        assert (copy["status"], copy["paid_out_of_band"]) == ("paid", True)

    @pytest.mark.parametrize("status", [400, 401, 402, 429, 500])
    async def test_what_does_not_work_is_unavailable(self, payments, server, status):
        """
        And no word of the key, or of what Stripe said.
        """
        server.fails = [status] * 10

        with pytest.raises(Unavailable):
            await payments.withdraw(ACME, an_invoice(), is_paid=False)
        server.fails = [status] * 10
        with pytest.raises(Unavailable) as away:
            await payments.request(ACME, an_invoice())

        assert "hidden" not in f"{away.value!r} {away.value.in_full} {payments!r}"
        assert str(status) in away.value.why
        assert away.value.__suppress_context__

    async def test_an_answer_that_is_lost(self, payments, server, collected):
        """
        Is asked for again, and nothing is done twice.
        """
        server.drops = 1
        await payments.request(ACME, an_invoice())

        assert len(collected()) == 1

    async def test_nobody_is_there(self):
        """
        Which passes.
        """
        nobody = StripePayments(connect(KEY, "http://127.0.0.1:9"), WEBHOOK_SECRET)
        with pytest.raises(Unavailable):
            await nobody.request(ACME, an_invoice())

    async def test_notices_of_other_things(self, payments, server):
        """
        Are none of ours: other events, and invoices that were made by hand.
        """
        await payments.request(ACME, an_invoice())
        (ours,) = server.invoices.values()
        for body in (
            server.event("invoice.created", ours),
            server.event("invoice.paid", {**ours, "metadata": {}}),
            server.event("invoice.paid", {**ours, "metadata": None}),
            server.event("customer.created", {"id": "cus_1", "object": "customer"}),
        ):
            assert payments.read(body, signature(body)) is None

    async def test_an_old_notice(self, payments, server):
        """
        Was overheard, and is played again.
        """
        body = server.event("invoice.created", {"id": "in_1", "object": "invoice"})
        for wrong in (
            signature(body, at=1_700_000_000),
            signature(body, secret="whsec_other"),
        ):
            with pytest.raises(BadRequest):
                payments.read(body, wrong)
