"""Invoices collected by a fake Stripe server."""

import attrs
import pytest

from tests.contract.payments import PAYER, PaymentsContract, an_invoice
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


def known_as(customer):
    return customer["name"], customer["email"]


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
    def signed_notice(self, server):
        def signed(invoice, event):
            body = server.event(EVENTS[event], server.copy_of(invoice))
            return body, signature(body)

        return signed

    async def test_stripe_gets_each_line_at_its_amount(self, payments, server):
        """
        The invoice is open, and the org is a customer.
        """
        invoice = an_invoice()
        requested = await payments.request(PAYER, invoice)

        copy = server.invoices[requested.reference]
        assert [line["amount"] for line in copy["lines"]] == [line.amount for line in invoice.lines]
        assert "January 2026" in copy["lines"][1]["description"]
        assert (copy["status"], copy["currency"]) == ("open", "usd")
        assert copy["metadata"] == {"aldea_invoice": "i1", "aldea_number": "2026-000001"}
        assert [known_as(customer) for customer in server.customers.values()] == [
            ("Acme", "bills@acme.example")
        ]

    async def test_customer_has_the_address_of_today(self, payments, server):
        """
        Stripe sends invoices there. One that it knew without an address, or by another, is changed.
        """
        for payer in (PAYER, attrs.evolve(PAYER, name="Acme Ltd", email="money@acme.example")):
            await payments.request(payer, an_invoice(payer.email))

            (customer,) = server.customers.values()
            assert known_as(customer) == (payer.name, payer.email)
            customer["email"] = None
            await payments.request(payer, an_invoice(f"later {payer.email}"))
            assert known_as(customer) == (payer.name, payer.email)

    async def test_org_without_an_address_is_not_collected(self, payments, server):
        """
        Stripe makes no invoice for it.
        """
        unreachable = attrs.evolve(PAYER, email="")

        assert not payments.collects(unreachable, an_invoice())
        assert await payments.request(unreachable, an_invoice()) is None
        assert await payments.withdraw(unreachable, an_invoice(), is_paid=False)
        assert server.customers == server.invoices == {}

    @pytest.mark.parametrize("currency", ["ISK", "UGX", "KWD"])
    async def test_currencies_with_other_minor_units_are_not_collected(
        self, payments, collected, currency
    ):
        """
        For example krónur: no invoice is made at Stripe.
        """
        invoice = attrs.evolve(an_invoice(), currency=currency)

        assert not payments.collects(PAYER, invoice)
        assert await payments.request(PAYER, invoice) is None
        assert collected() == []

    async def test_lagging_search_creates_no_duplicates(self, payments, server, collected):
        """
        Idempotency keys prevent them.
        """
        server.sees = False
        first = await payments.request(PAYER, an_invoice())
        second = await payments.request(PAYER, an_invoice())

        assert first == second
        assert len(server.customers) == len(collected()) == 1

    async def test_expired_idempotency_keys_create_no_duplicates(self, payments, server, collected):
        """
        After a day the search finds the first one.
        """
        for _ in range(3):
            await payments.request(PAYER, an_invoice())
            server._answers.clear()

        assert collected() == [an_invoice().total]
        assert len(server.customers) == 1

    @pytest.mark.parametrize("after", range(6))
    async def test_request_resumes_after_a_crash_at_any_step(
        self, payments, server, collected, after
    ):
        """
        Collected once, though the idempotency keys have expired.
        """
        real, left = server.answer, [after]

        def dying(*request):
            if left[0] == 0:
                return 400, {"error": {"type": "api_error", "message": "gone"}}
            left[0] -= 1
            return real(*request)

        server.answer = dying
        with pytest.raises(Unavailable):
            await payments.request(PAYER, an_invoice())
        server.answer = real
        server._answers.clear()
        await payments.request(PAYER, an_invoice())

        assert collected() == [an_invoice().total]
        assert [one["status"] for one in server.invoices.values()] == ["open"]

    async def test_lines_of_a_broken_try_are_not_collected_twice(self, payments, server, collected):
        """
        There are more than one call takes, and the idempotency keys have expired.
        """
        one = an_invoice()
        invoice = attrs.evolve(one, lines=one.lines * 150)
        real = server.answer

        def dying(method, target, *more):
            if target.endswith("add_lines") and tried:
                return 400, {"error": {"type": "api_error", "message": "gone"}}
            if target.endswith("add_lines"):
                tried.append(target)
            return real(method, target, *more)

        tried: list[str] = []
        server.answer = dying
        with pytest.raises(Unavailable):
            await payments.request(PAYER, invoice)
        server.answer = real
        server._answers.clear()
        with pytest.raises(Unavailable, match="payment provider"):
            await payments.request(PAYER, invoice)

        assert collected() == []
        await payments.request(PAYER, invoice)
        assert collected() == [invoice.total]

    @pytest.mark.parametrize("after", range(6))
    @pytest.mark.parametrize("sees", [False, True])
    async def test_withdrawal_stops_a_concurrent_request(
        self, payments, server, collected, after, sees
    ):
        """
        At any step, also while searches lag: a withdrawn invoice is never collected.
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
            await payments.request(PAYER, an_invoice())
        server.answer = real

        assert await payments.withdraw(PAYER, an_invoice(), is_paid=False)
        with pytest.raises(Unavailable):
            await payments.request(PAYER, an_invoice())
        assert collected() == []
        assert await payments.withdraw(PAYER, an_invoice(), is_paid=False)

    async def test_invoice_paid_elsewhere_is_marked_paid_at_stripe(self, payments, server):
        """
        As paid out of band, not as void.
        """
        requested = await payments.request(PAYER, an_invoice())
        await payments.withdraw(PAYER, an_invoice(), is_paid=True)

        copy = server.invoices[requested.reference]
        assert (copy["status"], copy["paid_out_of_band"]) == ("paid", True)

    @pytest.mark.parametrize("status", [400, 401, 402, 429, 500])
    async def test_stripe_errors_are_unavailable(self, payments, server, status):
        """
        Without the key or Stripe's error text.
        """
        server.fails = [status] * 10

        with pytest.raises(Unavailable):
            await payments.withdraw(PAYER, an_invoice(), is_paid=False)
        server.fails = [status] * 10
        with pytest.raises(Unavailable) as away:
            await payments.request(PAYER, an_invoice())

        assert "hidden" not in f"{away.value!r} {away.value.in_full} {payments!r}"
        assert str(status) in away.value.why
        assert away.value.__suppress_context__

    @pytest.mark.parametrize("is_live", [True, False])
    async def test_notice_says_whether_it_is_of_a_test(self, payments, server, is_live):
        await payments.request(PAYER, an_invoice())
        body = server.event("invoice.paid", server.copy_of("i1"), is_live=is_live)

        assert payments.read(body, signature(body)).is_test is not is_live

    async def test_lost_response_is_retried_idempotently(self, payments, server, collected):
        server.drops = 1
        await payments.request(PAYER, an_invoice())

        assert len(collected()) == 1

    async def test_unreachable_stripe_is_unavailable(self):
        """
        A later try succeeds.
        """
        unreachable = StripePayments(connect(KEY, "http://127.0.0.1:9"), WEBHOOK_SECRET)
        with pytest.raises(Unavailable):
            await unreachable.request(PAYER, an_invoice())

    async def test_unrelated_webhooks_are_ignored(self, payments, server):
        """
        Other events, and invoices made by hand.
        """
        await payments.request(PAYER, an_invoice())
        (ours,) = server.invoices.values()
        for body in (
            server.event("invoice.created", ours),
            server.event("invoice.paid", {**ours, "metadata": {}}),
            server.event("invoice.paid", {**ours, "metadata": None}),
            server.event("customer.created", {"id": "cus_1", "object": "customer"}),
        ):
            assert payments.read(body, signature(body)) is None

    async def test_replayed_webhook_is_refused(self, payments, server):
        """
        By its old timestamp.
        """
        body = server.event("invoice.created", {"id": "in_1", "object": "invoice"})
        for wrong in (
            signature(body, at=1_700_000_000),
            signature(body, secret="whsec_other"),
        ):
            with pytest.raises(BadRequest):
                payments.read(body, wrong)
