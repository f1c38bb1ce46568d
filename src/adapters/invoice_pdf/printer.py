"""Renders invoices as an HTML page and as a PDF. Each library is loaded at first use."""

from datetime import datetime

import attrs

from adapters.invoice_pdf.view import InvoiceView
from aldea_core.domain.access.orgs import Org
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
        from adapters.invoice_pdf.page import POLICY, page  # noqa: PLC0415 (loads Jinja2)

        return page(self._view(invoice, org)), POLICY

    def pdf(self, invoice: Invoice, org: Org | None, *, at: datetime) -> bytes:
        """
        The PDF, dated *at*.

        Raises:
            Conflict: No font has some characters of a name.
        """
        from adapters.invoice_pdf.pdf import pdf  # noqa: PLC0415 (loads fpdf2)

        return pdf(self._view(invoice, org), at=at, fonts=self.fonts)

    def _view(self, invoice: Invoice, org: Org | None) -> InvoiceView:
        return InvoiceView.of(invoice, org, self.seller)
