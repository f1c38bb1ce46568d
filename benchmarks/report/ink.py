"""
How plots are drawn: text follows the reader's light or dark theme, and the colours suit both.

Matplotlib writes one fixed text colour into the SVG, which is replaced by the theme's
(`prefers-color-scheme`).
"""

import io
import re

from collections.abc import Callable
from typing import Any


COLOURS = {
    "direct": "#8b949e",
    "nginx": "#2f9e44",
    "nginx, a connection each": "#8fd19e",
    "haproxy": "#4c8dd8",
    "aldea": "#e8590c",
    "aldea, adapted": "#b07d2b",
    "aldea, with a quota": "#f0a070",
    "litellm": "#ae6fd6",
}
_INK, _FAINT = "#010203", "#040506"
_STYLE = """<style>
svg { color: #1f2328; --faint: #d1d9e0 }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3; --faint: #3d444d } }
</style>
"""
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "aldea",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "legend.frameon": False,
}


def drawn(figure: Callable[[Any], None]) -> str:
    """The SVG of what *figure* draws on the axes."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    with mpl.rc_context(_SETTINGS):
        canvas, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
        figure(axes)
        handles, _ = axes.get_legend_handles_labels()
        if handles:
            canvas.legend(loc="outside lower center", ncols=5 if len(handles) <= 5 else 3)
        text = io.StringIO()
        canvas.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
        plt.close(canvas)
    return _readers_ink(text.getvalue())


def _readers_ink(svg: str) -> str:
    svg = svg.replace(_INK, "currentColor").replace(_FAINT, "var(--faint)")
    # Text without a colour would be black.
    svg = svg.replace('<text style="', '<text style="fill: currentColor; ')
    svg = svg.replace("'DejaVu Sans', ", "")
    svg = re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)
    head, _, rest = svg.partition("<metadata>")
    _, _, rest = rest.partition("</metadata>\n")
    return head + _STYLE + rest if rest else svg.replace("<defs>", f"{_STYLE}<defs>", 1)


def counted(axis: Any) -> None:
    """Formats the numbers of a logarithmic axis for people."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axis.set_minor_formatter(NullFormatter())


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} million"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
