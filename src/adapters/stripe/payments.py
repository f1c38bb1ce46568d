"""
Collects invoices by Stripe.

Aldea's invoices are authoritative. Stripe gets a copy to collect, with a line for each line at its
amount, so that the totals are equal. A copy has Aldea's invoice id in its metadata, by which it is
found again, and is created with an idempotency key of that id. Both are needed to collect only
once: Stripe forgets idempotency keys after a day, and its search finds metadata only after a
minute.

The library is synchronous, so each call runs in a thread. Its errors may repeat the request, so
they are replaced.
"""

import asyncio
import hashlib

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, final

import attrs
import stripe

from typing_extensions import override

from aldea_core.domain.billing.charges import LINE_TITLES, Line
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.money import digits, shown
from aldea_core.domain.billing.payments import Notice, Payer, PaymentEvent, Requested
from aldea_core.domain.billing.profiles import PAYMENT_DAYS
from aldea_core.domain.errors import BadRequest, Unavailable
from aldea_core.domain.ids import InvoiceId
from aldea_core.ports.payments import Payments


_TIMEOUT_SECONDS = 20
_RETRIES = 2
_EVENTS = {"invoice.paid": PaymentEvent.PAID, "invoice.payment_failed": PaymentEvent.FAILED}
# Stripe's limit of lines added by one call.
_LINES = 200
# Currencies whose Stripe unit differs: Stripe treats the first two as having two digits, and the
# last as having none (https://docs.stripe.com/currencies).
_OF_OTHER_UNITS = {"ISK", "UGX", "MGA"}
_MOST_DIGITS = 2


@contextmanager
def stripe_errors_as_ours() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:  # its text may contain the request
        why = " ".join(
            str(each) for each in (type(error).__name__, error.http_status, error.code) if each
        )
        raise Unavailable("payment provider", retry_after=30, why=why) from None


def connect(key: str, url: str = "") -> stripe.StripeClient:
    """
    Creates a client, without connecting yet.

    Args:
        url: Base address to use in place of Stripe's.
    """
    return stripe.StripeClient(
        key,
        base_addresses={"api": url.rstrip("/")} if url else {},
        max_network_retries=_RETRIES,
        http_client=stripe.RequestsClient(timeout=_TIMEOUT_SECONDS),
    )


@final
@attrs.frozen
class StripePayments(Payments):
    """
    Args:
        webhook_secret: The key of Stripe's signatures of webhooks.
    """

    client: stripe.StripeClient = attrs.field(repr=False)
    webhook_secret: str = attrs.field(repr=False)

    @override
    def collects(self, payer: Payer, invoice: Invoice) -> bool:
        return invoice.is_owed and _takes(invoice.currency) and bool(payer.email)

    @override
    async def request(self, payer: Payer, invoice: Invoice) -> Requested | None:
        if not self.collects(payer, invoice):
            return None
        return await asyncio.to_thread(self._request, payer, invoice)

    @override
    async def withdraw(self, payer: Payer | None, invoice: Invoice, *, is_paid: bool) -> bool:
        if not _takes(invoice.currency):
            return True
        if payer is not None and not self.collects(payer, invoice):
            payer = None  # no copy is made, so that none needs to be made here
        return await asyncio.to_thread(self._withdraw, payer, invoice, is_paid=is_paid)

    @override
    def read(self, body: bytes, signature: str) -> Notice | None:
        try:
            signed = self.client.construct_event(body, signature, self.webhook_secret)
        except (stripe.StripeError, ValueError):
            raise BadRequest("The notice is not signed by the payment provider.") from None
        event: dict[str, Any] = signed.to_dict()
        about = event["data"]["object"]
        kind = _EVENTS.get(event["type"])
        ours = _ours(about)
        if kind is None or not ours:
            return None
        is_test = event.get("livemode") is False
        return Notice(InvoiceId(ours), kind, str(about["id"]), str(event["id"]), is_test)

    def _request(self, payer: Payer, invoice: Invoice) -> Requested:
        with stripe_errors_as_ours():
            copy = self._find(invoice) or self._make(payer, invoice)
            if copy["status"] == "draft":
                if copy["total"] != invoice.total:
                    self._fill(copy["id"], invoice)
                copy = self.client.v1.invoices.finalize_invoice(
                    copy["id"], {"auto_advance": True}, _once(f"finalize-{invoice.id}")
                )
            return Requested(copy["id"], copy["hosted_invoice_url"] or "")

    def _withdraw(self, payer: Payer | None, invoice: Invoice, *, is_paid: bool) -> bool:
        with stripe_errors_as_ours():
            copy = self._copy(payer, invoice)
            match copy.get("status"):
                case "paid":
                    return False
                case "draft":
                    self.client.v1.invoices.delete(copy["id"])
                case "open" | "uncollectible" if is_paid:
                    self.client.v1.invoices.pay(
                        copy["id"], {"paid_out_of_band": True}, _once(f"paid-{invoice.id}")
                    )
                case "open" | "uncollectible":
                    self.client.v1.invoices.void_invoice(
                        copy["id"], None, _once(f"void-{invoice.id}")
                    )
                case _:  # void, or deleted as a draft
                    pass
            return True

    def _copy(self, payer: Payer | None, invoice: Invoice) -> dict[str, Any]:
        """
        The copy's current state. Empty if there is none.

        If no copy is known, another process may be about to create it, or may have died after
        creating it. The copy is therefore created here, with the same idempotency key: both
        processes then have the same copy, and withdrawing it here stops the other one too.
        """
        copy = invoice.reference
        if not copy:
            found = self._find(invoice) or (
                self._make(payer, invoice) if payer is not None else None
            )
            if found is None:
                return {}
            copy = found["id"]
        try:
            return self.client.v1.invoices.retrieve(copy).to_dict()
        except stripe.InvalidRequestError as error:
            if error.http_status == HTTPStatus.NOT_FOUND:
                return {}
            raise

    def _find(self, invoice: Invoice) -> Any:
        found = self.client.v1.invoices.search(
            {"query": f"metadata['aldea_invoice']:'{invoice.id}'", "limit": 10},
        )
        return next((one for one in found.data if one["status"] != "void"), None)

    def _make(self, payer: Payer, invoice: Invoice) -> Any:
        return self.client.v1.invoices.create(
            {
                "customer": self._customer(payer),
                "currency": invoice.currency.lower(),
                "collection_method": "send_invoice",
                "days_until_due": _days(invoice),
                "auto_advance": False,
                "pending_invoice_items_behavior": "exclude",
                "description": f"Invoice {invoice.number}, {invoice.month.words}",
                "metadata": {"aldea_invoice": invoice.id, "aldea_number": invoice.number},
            },
            _once(f"invoice-{invoice.id}"),
        )

    def _customer(self, payer: Payer) -> str:
        """The id of the customer, with the address without which Stripe makes no invoice."""
        query = f"metadata['aldea_org']:'{payer.org}'"
        found = self.client.v1.customers.search({"query": query, "limit": 1})
        for known in found.data:
            if (known.name, known.email) != (payer.name, payer.email):
                self.client.v1.customers.update(
                    known.id, {"name": payer.name, "email": payer.email}
                )
            return known.id
        # What the request says is part of its key, as it may have changed since an earlier one.
        said = hashlib.sha256(f"{payer.name}\n{payer.email}".encode()).hexdigest()
        made = self.client.v1.customers.create(
            {"name": payer.name, "email": payer.email, "metadata": {"aldea_org": payer.org}},
            _once(f"customer-{payer.org}-{said[:16]}"),
        )
        return made.id

    def _fill(self, copy: str, invoice: Invoice) -> None:
        """
        Adds the lines to a draft.

        Raises:
            Unavailable: Some were there already, from a try of more than a day ago. The draft is
                deleted, so that a later try makes another.
        """
        if self._add_lines(copy, invoice) != invoice.total:
            self.client.v1.invoices.delete(copy)
            raise Unavailable("payment provider", retry_after=30, why="its draft has other lines")

    def _add_lines(self, copy: str, invoice: Invoice) -> int:
        """The total of the draft, once it has the lines."""
        total = 0
        lines = [_line(line, invoice.currency) for line in invoice.lines]
        if invoice.tax:
            tax = f"Tax, {invoice.terms.tax_rate.normalize():f}%"
            lines.append({"amount": invoice.tax, "description": tax})
        for n in range(0, len(lines), _LINES):
            total = self.client.v1.invoices.add_lines(
                copy, {"lines": lines[n : n + _LINES]}, _once(f"lines-{copy}-{n}")
            ).total
        return total


def _days(invoice: Invoice) -> int:
    """From the invoice's issue until it is due."""
    if invoice.due is None or invoice.issued is None:
        return PAYMENT_DAYS
    return (invoice.due - invoice.issued).days


def _takes(currency: str) -> bool:
    return currency not in _OF_OTHER_UNITS and digits(currency) <= _MOST_DIGITS


def _line(line: Line, currency: str) -> Any:
    what = f"{LINE_TITLES[line.kind]}, {line.month.words}"
    if line.model:
        what += f", {line.model}"
    if line.price is not None:
        what += f": {line.billed_ms / 60_000:,.2f} min at {line.price.normalize():f} {currency}"
    return {"amount": line.amount, "description": f"{what} ({shown(line.amount, currency)})"}


def _once(key: str) -> stripe.RequestOptions:
    return {"idempotency_key": f"aldea-{key}"}


def _ours(about: dict[str, Any]) -> str:
    """The id of the invoice that the event is about; empty if it is not one of Aldea's."""
    metadata = about.get("metadata") if about.get("object") == "invoice" else None
    return str((metadata or {}).get("aldea_invoice", ""))
