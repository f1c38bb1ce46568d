"""Invoices as pages and PDFs."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from adapters.invoice_pdf.page import page
from adapters.invoice_pdf.pdf import pdf
from adapters.invoice_pdf.printer import InvoicePrinter
from adapters.invoice_pdf.view import InvoiceView
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.charges import Line, LineKind
from aldea_core.domain.billing.credit_notes import CreditNote
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.profiles import BillingProfile, InvoiceTerms
from aldea_core.domain.errors import Conflict
from aldea_core.domain.ids import CreditNoteId, InvoiceId, OrgId


OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
AT = datetime(2026, 12, 1, tzinfo=UTC)
FEE = Line(LineKind.FEE, NOVEMBER, 4900)
LIVE = Line(
    *(LineKind.LIVE, NOVEMBER, 123_450, "", 1234),
    audio_ms=1_700_000_000,
    included_ms=36_000_000,
    price=Decimal("0.0770"),
)
LATE = Line(LineKind.FILE, OCTOBER, 12, "large", 1, 123_456, price=Decimal("0.0001"))
INVOICE = Invoice(
    *(InvoiceId("i"), OrgId("o-1"), NOVEMBER, "USD", (FEE, LIVE, LATE), AT),
    status=InvoiceStatus.ISSUED,
    number="2026-000042",
    issued=AT,
    pay_url="https://pay.example/i",
)
ORG = Org(INVOICE.org, "Łódź <b>& Söhne", AT)
SELLER = ("Aldea, Inc.", "1 Street")


def view(invoice: Invoice = INVOICE, org: Org | None = ORG, **changes) -> InvoiceView:
    return InvoiceView.of(attrs.evolve(invoice, **changes), org, SELLER)


def test_invoice_lines_in_words() -> None:
    """
    With included minutes and late usage; the total is the invoice's.
    """
    shown = view()

    assert [(row.what, row.minutes, row.price, row.amount) for row in shown.rows] == [
        ("Monthly fee", "", "", "49.00"),
        ("Live transcription", "27,733.33", "0.077", "1,234.50"),
        ("File transcription", "2.06", "0.0001", "0.12"),
    ]
    assert shown.total == "1,283.62 USD"
    assert "28,333.33 min, of which 600.00 included" in shown.rows[1].note
    assert [row.is_late for row in shown.rows] == [False, False, True]
    assert (
        shown.rows[2].note
        == "large · October 2026 · 1 session · came in after that month's invoice"
    )
    assert "lines of its own" in shown.remark
    assert "lines of its own" not in view(lines=(FEE, LIVE)).remark


@pytest.mark.parametrize(
    ("status", "stamp", "pays"),
    [
        ("draft", "Draft", False),
        ("issued", "", True),
        ("paid", "Paid", False),
        ("void", "Void", False),
    ],
)
def test_only_open_invoices_ask_for_payment(status: str, stamp: str, pays: bool) -> None:
    """
    All others show their status.
    """
    shown = view(status=InvoiceStatus(status), settled=AT)

    assert (shown.stamp, bool(shown.pay_url)) == (stamp, pays)
    assert (b"Pay this invoice" in page(shown)) is pays
    assert (("Paid", "1 December 2026") in shown.facts) is (status == "paid")


def test_a_draft_has_no_number() -> None:
    """
    The page says so; a deleted org is shown by its id.
    """
    shown = view(org=None, number="", issued=None, status=InvoiceStatus.DRAFT)

    assert shown.title == "Draft invoice"
    assert ("Invoice", "not issued yet") in shown.facts
    assert shown.buyer == ("", "o-1")


def test_names_are_escaped() -> None:
    """
    Names of orgs and of models.
    """
    shown = page(view(lines=(attrs.evolve(LATE, model="<script>x</script>"),))).decode()

    assert "<script" not in shown
    assert "Łódź &lt;b&gt;&amp; Söhne" in shown
    assert 'class="late"' in shown


@pytest.mark.parametrize("lines", [(), (FEE,), (FEE, LIVE, LATE) * 30])
def test_pdf_has_pages_as_needed(lines: tuple[Line, ...]) -> None:
    """
    The same invoice gives the same file.
    """
    shown = view(lines=lines)
    made = pdf(shown, at=AT)

    assert made.startswith(b"%PDF-")
    assert made == pdf(shown, at=AT)
    assert made.count(b"/Type /Page\n") == (1 if len(lines) < 3 else 8)


@pytest.mark.parametrize("name", ["株式会社", "Ünïcode 😀 Ltd", "شركة"])
def test_characters_without_a_glyph_refuse_the_pdf(name: str) -> None:
    """
    The error text names them; the page shows them.
    """
    shown = view(org=attrs.evolve(ORG, name=name))

    with pytest.raises(Conflict, match="ALDEA_INVOICE_FONTS") as refused:
        pdf(shown, at=AT)
    assert name[0] in str(refused.value) or "😀" in str(refused.value)
    assert name.encode() in page(shown)


def test_characters_come_from_the_configured_font(tmp_path: Path) -> None:
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "kabu"])
    builder.setupCharacterMap({ord("株"): "kabu"})
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 0))
    pen.lineTo((500, 700))
    pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "kabu": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "kabu": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Kabu", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    builder.save(tmp_path / "kabu.ttf")
    shown = view(org=attrs.evolve(ORG, name="株 Ltd"))

    made = pdf(shown, at=AT, fonts=[str(tmp_path / "kabu.ttf")])
    assert b"Kabu" in made or b"kabu" in made
    with pytest.raises(Conflict):
        pdf(shown, at=AT)


def test_customer_tax_and_due_date_are_printed():
    """
    On page and PDF, which stay without a line for tax where there is none.
    """
    customer = BillingProfile(
        "Acme S.L.", ("Calle Mayor 1", "48001 Bilbao"), "ES", "ESB12345678", "", "PO 7"
    )
    issued = INVOICE.issued_at(
        INVOICE.made, "2026-000007", InvoiceTerms(customer, Decimal("7.50"), 30)
    )
    taxed = view(issued)

    assert taxed.buyer[:5] == (
        "Acme S.L.", "Calle Mayor 1", "48001 Bilbao", "ES", "VAT id ESB12345678"
    )  # fmt: skip
    assert [name for name, _ in taxed.sums] == ["Subtotal", "Tax, 7.5%"]
    assert {"Due", "Order"} <= {name for name, _ in taxed.facts}
    assert view().sums == ()
    text = page(taxed).decode()
    for words in (*(value for pair in taxed.sums for value in pair), "PO 7", "Acme S.L."):
        assert words in text
    assert pdf(taxed, at=issued.made) != pdf(view(), at=issued.made)


def credit_note(**changes) -> CreditNote:
    note = CreditNote(
        *(CreditNoteId("c"), INVOICE.org, INVOICE.id, INVOICE.number, "USD", 100_000),
        tax_rate=Decimal("21.00"),
        reason="Outage <b>of</b> November",
        issued=AT,
        number="CN-2026-000001",
    )
    return attrs.evolve(note, **changes)


def test_credit_note_in_words() -> None:
    """
    It names its invoice and its reason, and is made out to whom the invoice is.
    """
    shown = InvoiceView.of_credit_note(credit_note(), INVOICE, ORG, SELLER)

    assert (shown.title, shown.total_label) == ("Credit note CN-2026-000001", "Total credited")
    assert shown.buyer == view().buyer
    assert dict(shown.facts)["Invoice"] == INVOICE.number
    assert [(row.what, row.note, row.amount) for row in shown.rows] == [
        ("Credit on invoice 2026-000042", "Outage <b>of</b> November", "1,000.00")
    ]
    assert [name for name, _ in shown.sums] == ["Subtotal", "Tax, 21%"]
    assert "1,210.00" in shown.total
    untaxed = credit_note(tax_rate=Decimal(0))
    assert InvoiceView.of_credit_note(untaxed, INVOICE, ORG, SELLER).sums == ()


def test_credit_note_as_page_and_pdf() -> None:
    """
    By the renderer of invoices; the PDF has the same bytes each time.
    """
    printer = InvoicePrinter(SELLER)

    html, policy = printer.credit_note_page(credit_note(), INVOICE, ORG)
    made = printer.credit_note_pdf(credit_note(), INVOICE, ORG)

    assert b"Outage &lt;b&gt;of" in html
    assert b"Credited to" in html
    assert "script" not in policy
    assert made.startswith(b"%PDF")
    assert made == printer.credit_note_pdf(credit_note(), INVOICE, ORG)
    with pytest.raises(Conflict, match="No font"):
        printer.credit_note_pdf(credit_note(reason="\u4f60"), INVOICE, ORG)
