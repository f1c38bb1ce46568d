"""Renders invoices and credit notes as an HTML page and as a PDF. Each library is loaded at first use."""

from datetime import datetime

import attrs

from adapters.invoice_pdf.view import InvoiceView
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.credit_notes import CreditNote
from aldea_core.domain.billing.invoices import Invoice


@attrs.frozen
class InvoicePrinter:
    """
    Args:
        seller: Name and address on invoices, one line each.
        fonts: Font files for characters that the PDF's own font lacks.
    """

    seller: tuple[str, ...]
    fonts: tuple[str, ...] = ()

    def page(self, invoice: Invoice, org: Org | None) -> tuple[bytes, str]:
        """The page as HTML, and its Content-Security-Policy."""
        return _page(InvoiceView.of(invoice, org, self.seller))

    def pdf(self, invoice: Invoice, org: Org | None, *, at: datetime) -> bytes:
        """
        The PDF, dated *at*.

        Raises:
            Conflict: No font has some characters of a name.
        """
        return self._pdf(InvoiceView.of(invoice, org, self.seller), at)

    def credit_note_page(
        self, note: CreditNote, invoice: Invoice, org: Org | None
    ) -> tuple[bytes, str]:
        """The page of a credit note on *invoice*, and its Content-Security-Policy."""
        return _page(InvoiceView.of_credit_note(note, invoice, org, self.seller))

    def credit_note_pdf(self, note: CreditNote, invoice: Invoice, org: Org | None) -> bytes:
        """
        The PDF of a credit note on *invoice*.

        Raises:
            Conflict: No font has some characters of a name or of the reason.
        """
        view = InvoiceView.of_credit_note(note, invoice, org, self.seller)
        return self._pdf(view, note.issued)

    def _pdf(self, view: InvoiceView, at: datetime) -> bytes:
        from adapters.invoice_pdf.pdf import pdf  # noqa: PLC0415 (loads fpdf2)

        return pdf(view, at=at, fonts=self.fonts)


def _page(view: InvoiceView) -> tuple[bytes, str]:
    from adapters.invoice_pdf.page import POLICY, page  # noqa: PLC0415 (loads Jinja2)

    return page(view), POLICY
