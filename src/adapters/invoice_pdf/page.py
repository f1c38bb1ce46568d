"""An invoice or a credit note as an HTML page, which loads no resources, runs no scripts, and prints as it looks."""

import base64
import hashlib

from importlib import resources

from jinja2 import Environment, StrictUndefined

from adapters.invoice_pdf.view import InvoiceView


_FOLDER = resources.files("adapters.invoice_pdf")
_STYLE = (_FOLDER / "page.css").read_text("utf-8")
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
    (_FOLDER / "page.html").read_text("utf-8"),
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Value of the header Content-Security-Policy: only the page's own style is allowed.
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"


def page(view: InvoiceView) -> bytes:
    return _TEMPLATE.render(view=view, style=_STYLE).encode()
