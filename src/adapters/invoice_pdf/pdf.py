"""
An invoice or a credit note as a PDF in A4, with as many pages as needed.

No character of a name is left out: a character that no font has is refused. Roboto has Latin, Greek
and Cyrillic; other fonts can be added as fallbacks.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont
from typing_extensions import override

from adapters.invoice_pdf.view import InvoiceView, Row
from aldea_core.domain.errors import Conflict


_FONT = "Roboto"
_FONTS = {"": "Roboto-Regular.ttf", "B": "Roboto-Medium.ttf"}
_INK, _SOFT, _LINE = (22, 32, 43), (93, 107, 122), (223, 229, 234)
_ACCENT, _LATE, _LATE_GROUND = (11, 110, 93), (154, 91, 0), (255, 248, 236)
_MARGIN = 20.0
# Widths of description, minutes, price and amount in mm: the width of A4 between the margins.
_COLUMNS = (86.0, 28.0, 26.0, 30.0)
_WIDTH = sum(_COLUMNS)
_MOST_NAMED = 10


class _Sheets(FPDF):
    def __init__(self, view: InvoiceView, fonts: Sequence[str]) -> None:
        super().__init__(format="A4")
        self.view = view
        for style, file in _FONTS.items():
            path = resources.files("font_roboto") / "files" / file
            self.add_font(_FONT, style, str(path))
        others = {f"other-{n}": file for n, file in enumerate(fonts)}
        for name, file in others.items():
            self.add_font(name, fname=file)
        if others:
            self.set_fallback_fonts(list(others), exact_match=False)
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=28)
        self.set_title(view.title)

    @override
    def footer(self) -> None:
        self.set_y(-18)
        self.write_in(8, _SOFT)
        self.cell(_WIDTH / 2, 5, self.view.title)
        self.cell(_WIDTH / 2, 5, f"{self.page_no()} / {{nb}}", align="R")

    def unknown(self, text: str) -> list[str]:
        """Characters of *text* that no font has."""
        known = [font.cmap for font in self._files()]
        return [
            character
            for character in dict.fromkeys(text)
            if not any(ord(character) in has for has in known)
        ]

    def give_up(self) -> None:
        """Closes the font files, which otherwise `output` closes."""
        for font in self._files():
            font.close()

    def _files(self) -> list[TTFFont]:
        return [font for font in self.fonts.values() if isinstance(font, TTFFont)]

    def write_in(self, size: float, colour: tuple[int, int, int], style: str = "") -> None:
        self.set_font(_FONT, style, size)
        self.set_text_color(*colour)

    def line_of(self, text: str, height: float, width: float = 0, align: str = "L") -> None:
        self.multi_cell(width, height, text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)


def pdf(view: InvoiceView, *, at: datetime, fonts: Sequence[str] = ()) -> bytes:
    """
    The PDF of an invoice or a credit note.

    Args:
        at: Creation date in the file: the same texts and date give the same bytes.
        fonts: Font files for characters that Roboto lacks.

    Raises:
        Conflict: No font has some characters of the texts.
    """
    sheets = _Sheets(view, fonts)
    if missing := sheets.unknown("".join(_texts(view))):
        sheets.give_up()
        raise Conflict(
            f"No font of the PDF has the characters {' '.join(missing[:_MOST_NAMED])}: show the page "
            "instead, or let the operator name a font that has them in ALDEA_INVOICE_FONTS.",
        )
    sheets.set_creation_date(at)
    sheets.add_page()
    _head(sheets, view)
    _table_head(sheets)
    for row in view.rows:
        _row(sheets, row)
    _foot(sheets, view)
    return bytes(sheets.output())


def _texts(view: InvoiceView) -> Iterator[str]:
    """All text that is not fixed."""
    yield from (*view.seller, *view.buyer)
    yield from (value for _, value in view.facts)
    for row in view.rows:
        yield row.note


def _head(sheets: _Sheets, view: InvoiceView) -> None:
    sheets.set_fill_color(*_ACCENT)
    sheets.rect(0, 0, sheets.w, 3, style="F")
    half = _WIDTH / 2
    sheets.set_xy(_MARGIN, 22)
    sheets.write_in(21, _INK, "B")
    sheets.line_of(view.title, 9, half)
    if view.stamp:
        sheets.write_in(9, _ACCENT if view.stamp == "Paid" else _LATE, "B")
        sheets.line_of(view.stamp.upper(), 7, half)
    left_ends = sheets.get_y()
    sheets.set_xy(_MARGIN + half, 23)
    for n, line in enumerate(view.seller):
        sheets.write_in(10, _SOFT if n else _INK, "" if n else "B")
        sheets.line_of(line, 5, half, "R")
    top = max(left_ends, sheets.get_y()) + 12
    sheets.set_xy(_MARGIN, top)
    sheets.write_in(8, _SOFT, "B")
    sheets.line_of(view.buyer_label.upper(), 5, half)
    for n, line in enumerate(line for line in view.buyer if line):
        sheets.write_in(9 if n else 12, _SOFT if n else _INK, "" if n else "B")
        sheets.line_of(line, 5 if n else 6.5, half)
    left_ends = sheets.get_y()
    sheets.set_y(top)
    for name, value in view.facts:
        sheets.set_x(_MARGIN + half + 10)
        sheets.write_in(10, _SOFT)
        sheets.cell(25, 5.8, name)
        sheets.write_in(10, _INK)
        sheets.cell(half - 35, 5.8, value, align="R", new_y=YPos.NEXT)
    sheets.set_xy(_MARGIN, max(left_ends, sheets.get_y()) + 12)


def _table_head(sheets: _Sheets) -> None:
    sheets.write_in(8, _SOFT, "B")
    for name, width in zip(("DESCRIPTION", "MINUTES", "PRICE", "AMOUNT"), _COLUMNS, strict=True):
        sheets.cell(width, 6, name, align="L" if name == "DESCRIPTION" else "R")
    sheets.ln(7)
    _rule(sheets, _INK, 0.5)


def _row(sheets: _Sheets, row: Row) -> None:
    width = _COLUMNS[0] - 4
    sheets.write_in(8.5, _SOFT)
    note = sheets.multi_cell(width, 4.4, row.note, align="L", dry_run=True, output="HEIGHT")
    assert isinstance(note, float)
    height = 3 + 5.4 + note + 2.6
    if sheets.will_page_break(height):
        sheets.add_page()
        _table_head(sheets)
    top = sheets.get_y()
    if row.is_late:
        sheets.set_fill_color(*_LATE_GROUND)
        sheets.rect(_MARGIN, top, _WIDTH, height, style="F")
        sheets.set_fill_color(*_LATE)
        sheets.rect(_MARGIN, top, 0.9, height, style="F")
    left = _MARGIN + (4 if row.is_late else 0)
    sheets.set_xy(left, top + 3)
    sheets.write_in(10.5, _INK)
    sheets.cell(width, 5.4, row.what)
    sheets.set_x(_MARGIN + _COLUMNS[0])
    for text, column in zip((row.minutes, row.price, row.amount), _COLUMNS[1:], strict=True):
        sheets.cell(column, 5.4, text, align="R")
    sheets.set_xy(left, top + 3 + 5.4)
    sheets.write_in(8.5, _LATE if row.is_late else _SOFT)
    sheets.line_of(row.note, 4.4, width)
    sheets.set_xy(_MARGIN, top + height)
    _rule(sheets, _LINE, 0.2)


def _foot(sheets: _Sheets, view: InvoiceView) -> None:
    if sheets.will_page_break(36):
        sheets.add_page()
    sheets.ln(5)
    sheets.write_in(10, _SOFT)
    for name, amount in view.sums:
        sheets.cell(_WIDTH / 3, 6, name)
        sheets.cell(_WIDTH * 2 / 3, 6, amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheets.write_in(14, _INK, "B")
    sheets.cell(_WIDTH / 3, 9, view.total_label)
    sheets.cell(_WIDTH * 2 / 3, 9, view.total, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if view.pay_url:
        sheets.ln(4)
        sheets.write_in(10, _ACCENT, "B")
        sheets.cell(_WIDTH, 6, "Pay this invoice", align="R", link=view.pay_url)
        sheets.ln(6)
    sheets.ln(10)
    sheets.write_in(8.5, _SOFT)
    sheets.line_of(view.remark, 4.6, _WIDTH)


def _rule(sheets: _Sheets, colour: tuple[int, int, int], width: float) -> None:
    sheets.set_draw_color(*colour)
    sheets.set_line_width(width)
    sheets.line(_MARGIN, sheets.get_y(), _MARGIN + _WIDTH, sheets.get_y())
