"""The invoice view: the texts on an invoice or credit note, shared by the page and the PDF."""

from datetime import datetime
from decimal import Decimal

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.charges import LINE_TITLES, Line
from aldea_core.domain.billing.credit_notes import CreditNote
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus
from aldea_core.domain.billing.money import decimal, shown


@attrs.frozen
class Row:
    """
    One line of the document.

    Attributes:
        note: Text under the line.
        is_late: Whether the usage is of a month before the invoice's.
    """

    what: str
    note: str
    minutes: str
    price: str
    amount: str
    is_late: bool


@attrs.frozen
class InvoiceView:
    """
    Attributes:
        seller: Name and address of the sender, one line each.
        facts: Number, month and dates in the head, as pairs of name and value.
        sums: What leads to the total: its parts, as pairs of name and amount. Empty without tax.
        stamp: Status, if the invoice is not one to be paid.
        buyer_label: What stands over the buyer.
        total_label: What stands before the total.
    """

    title: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, str], ...]
    total: str
    remark: str
    stamp: str = ""
    pay_url: str = ""
    buyer_label: str = "Billed to"
    total_label: str = "Total"

    @classmethod
    def of(cls, invoice: Invoice, org: Org | None, seller: tuple[str, ...]) -> "InvoiceView":
        facts = [
            ("Invoice", invoice.number or "not issued yet"),
            ("For", invoice.month.words),
            ("Date", _day(invoice.issued or invoice.made)),
        ]
        if invoice.status is InvoiceStatus.PAID and invoice.settled is not None:
            facts.append(("Paid", _day(invoice.settled)))
        elif invoice.due is not None:
            facts.append(("Due", _day(invoice.due)))
        if invoice.terms.customer.purchase_order:
            facts.append(("Order", invoice.terms.customer.purchase_order))
        rows = tuple(_row(line, invoice) for line in invoice.lines)
        return cls(
            f"Invoice {invoice.number}" if invoice.number else "Draft invoice",
            seller,
            _buyer(invoice, org),
            tuple(facts),
            rows,
            _sums(invoice.subtotal, invoice.tax, invoice.terms.tax_rate, invoice.currency),
            shown(invoice.total, invoice.currency),
            _remark(rows, invoice),
            _STAMPS[invoice.status],
            invoice.pay_url if invoice.status is InvoiceStatus.ISSUED else "",
        )

    @classmethod
    def of_credit_note(
        cls, note: CreditNote, invoice: Invoice, org: Org | None, seller: tuple[str, ...]
    ) -> "InvoiceView":
        """The texts of a credit note, made out to whom *invoice* is."""
        facts = [
            ("Credit note", note.number),
            ("Invoice", note.invoice_number),
            ("For", invoice.month.words),
            ("Date", _day(note.issued)),
        ]
        if invoice.terms.customer.purchase_order:
            facts.append(("Order", invoice.terms.customer.purchase_order))
        amount = f"{decimal(note.amount, note.currency):,f}"
        what = f"Credit on invoice {note.invoice_number}"
        return cls(
            f"Credit note {note.number}",
            seller,
            _buyer(invoice, org),
            tuple(facts),
            (Row(what, note.reason, "", "", amount, False),),
            _sums(note.amount, note.tax, note.tax_rate, note.currency),
            shown(note.total, note.currency),
            f"Amounts in {note.currency}. Invoice {note.invoice_number} stays as it is; this amount "
            "is credited of it.",
            buyer_label="Credited to",
            total_label="Total credited",
        )


_STAMPS = {
    InvoiceStatus.DRAFT: "Draft",
    InvoiceStatus.ISSUED: "",
    InvoiceStatus.PAID: "Paid",
    InvoiceStatus.VOID: "Void",
}


def _buyer(invoice: Invoice, org: Org | None) -> tuple[str, ...]:
    customer = invoice.terms.customer
    name = org.name if org else ""
    vat_id = f"VAT id {customer.vat_id}" if customer.vat_id else ""
    more = (*customer.address, customer.country, vat_id)
    return (customer.legal_name or name, *filter(None, more), invoice.org)


def _sums(subtotal: int, tax: int, rate: Decimal, currency: str) -> tuple[tuple[str, str], ...]:
    if not rate:
        return ()
    return (
        ("Subtotal", shown(subtotal, currency)),
        (f"Tax, {rate.normalize():f}%", shown(tax, currency)),
    )


def _row(line: Line, invoice: Invoice) -> Row:
    amount = f"{decimal(line.amount, invoice.currency):,f}"
    if line.price is None:
        return Row(LINE_TITLES[line.kind], line.month.words, "", "", amount, False)
    is_late = line.month < invoice.month
    notes = [line.month.words, f"{line.sessions:,} session{'s' * (line.sessions != 1)}"]
    if line.model:
        notes.insert(0, line.model)
    if is_late:
        notes.append("came in after that month's invoice")
    if line.included_ms:
        used, included = minutes(line.audio_ms), minutes(line.included_ms)
        notes.append(f"{used} min, of which {included} included")
    return Row(
        LINE_TITLES[line.kind],
        " · ".join(notes),
        minutes(line.billed_ms),
        f"{line.price.normalize():f}",
        amount,
        is_late,
    )


def minutes(ms: int) -> str:
    return f"{Decimal(ms) / 60_000:,.2f}"


def _remark(rows: tuple[Row, ...], invoice: Invoice) -> str:
    said = (
        f"Amounts in {invoice.currency}. Months and days are those of UTC. Each line is charged by "
        "the millisecond and rounded once."
    )
    if any(row.is_late for row in rows):
        said += (
            " Usage that reached us after its month was invoiced is on lines of its own, at its "
            "month's price."
        )
    return said


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
