"""QR codes, as SVG made here: no service learns what is in them, and no script draws them."""

import segno

from markupsafe import Markup


_PIXELS = 5
# On white in both themes, with the margin of four modules that readers want (ISO/IEC 18004).
_MARGIN = 4
_LONGEST = 500


def qr_code(text: str) -> Markup:
    """The code of *text*; nothing of a text that is empty or longer than what apps take."""
    if not text or len(text) > _LONGEST:
        return Markup()
    made = segno.make_qr(text, error="m")
    return Markup(made.svg_inline(scale=_PIXELS, border=_MARGIN, dark="#000", light="#fff"))  # noqa: S704 (made of numbers)
