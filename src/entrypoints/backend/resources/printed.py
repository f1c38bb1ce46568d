"""What invoices and credit notes have in common as documents: a page and a PDF."""

import asyncio

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.credit_notes import CreditNote
from aldea_core.domain.billing.invoices import Invoice
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import Access, Operation, Raw


class Printer(Protocol):
    """Renders invoices and credit notes for people."""

    def page(self, invoice: Invoice, org: Org | None) -> tuple[bytes, str]:
        """The HTML page, and its Content-Security-Policy."""

    def pdf(self, invoice: Invoice, org: Org | None, *, at: datetime) -> bytes: ...

    def credit_note_page(
        self, note: CreditNote, invoice: Invoice, org: Org | None
    ) -> tuple[bytes, str]:
        """The HTML page, and its Content-Security-Policy."""

    def credit_note_pdf(self, note: CreditNote, invoice: Invoice, org: Org | None) -> bytes: ...


def html(printed: tuple[bytes, str]) -> Raw:
    """The answer with a page and its Content-Security-Policy."""
    page, policy = printed
    return Raw(page, "text/html; charset=utf-8", headers={"Content-Security-Policy": policy})


async def pdf_answer(render: Callable[[], bytes], file: str) -> Raw:
    """The answer with a PDF; others are answered while it is rendered, a fifth of a second of work."""
    return Raw(await asyncio.to_thread(render), "application/pdf", file)


def as_page(what: str, path: str, access: Access, *, tag: str = "") -> Operation:
    """Shows *what* ("An invoice") at *path* as a page."""
    return Operation(
        "GET", f"{path}/html", access, f"{what} as a page", tag=tag, media=("text/html",)
    )


def as_pdf(what: str, path: str, access: Access, *, tag: str = "") -> Operation:
    """Shows *what* ("An invoice") at *path* as a PDF."""
    return Operation(
        "GET",
        f"{path}/pdf",
        access,
        f"{what} as a PDF",
        tag=tag,
        media=("application/pdf",),
        refusals=(ProblemKind.CONFLICT,),
        about="409 if its font lacks characters of a name: the page shows all of them.",
    )
