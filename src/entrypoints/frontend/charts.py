"""
Charts as SVG, made on the server.

There is no viewBox and no inline style: x and widths are in per cent, heights in pixels, colours are
classes. So a chart is as wide as its column, its text is never stretched, and the
Content-Security-Policy stays strict. Each is hidden from screen readers, which read the table below.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor, log10

import attrs

from markupsafe import Markup, escape


_STEPS = (1, 2, 2.5, 5, 10)
_PAD, _FOOT, _LINE = 8, 24, 18
_TIP_WIDTH = 168
_SPARK_WIDTH, _SPARK_HEIGHT = 88, 20
# About four pixels each: narrower ones are no target for a pointer, and are drawn as areas.
_MOST_COLUMNS = 240


@attrs.frozen
class Series:
    """
    Attributes:
        colour: A class: s1 to s4, or s5 for the rest.
    """

    colour: str
    name: str


@attrs.frozen
class Column:
    """
    Attributes:
        title: Of its tooltip.
        values: One of each series.
        tick: Below it; empty for none.
        href: What a click leads to; empty for nothing.
        is_to_come: Drawn dashed, as days that are not there yet.
        is_major: Whether its tick stays on a phone.
    """

    title: str
    values: Sequence[float]
    tick: str = ""
    href: str = ""
    is_to_come: bool = False
    is_major: bool = True


def scale(top: float, steps: int = 4) -> tuple[float, float]:
    """The distance of grid lines, and where the axis ends: in steps of 1, 2, 2.5 and 5."""
    if top <= 0:
        return 1.0, float(steps)
    raw = top / steps
    unit = 10.0 ** floor(log10(raw))
    step = next((factor * unit for factor in _STEPS if factor * unit >= raw * 0.999_999), 10 * unit)
    return step, step * ceil(top / step - 1e-9)


def bars(
    ident: str,
    columns: Sequence[Column],
    series: Sequence[Series],
    show: Callable[[float], str],
    *,
    height: int = 250,
) -> Markup:
    """
    Stacked columns with an axis at the left. Columns too narrow for a pointer become
    one stepped area for each series, without tooltips.

    Args:
        ident: Of the page's chart; unique on the page.
        show: A value as text.
    """
    step, top = scale(max((sum(column.values) for column in columns), default=0))
    plot = height - _PAD - _FOOT
    slot = 100 / max(1, len(columns))
    width = slot * 0.68

    def y(value: float) -> float:
        return _PAD + plot * (1 - value / top)

    axis, grid = _axis(step, top, y, show)
    are_areas = len(columns) > _MOST_COLUMNS
    body = [_areas(columns, series, y, height)] if are_areas else []
    over: list[str] = []
    for number, column in enumerate(columns):
        x = slot * number
        if not are_areas:
            body += _stack(column, series, x + (slot - width) / 2, width, y, plot / top)
        if column.tick:
            body.append(_tick(column.tick, x + slot / 2, height, is_major=column.is_major))
        if not (are_areas or column.is_to_come):
            over.append(_tip(ident, column, x, slot, show))
    tips = f'<svg y="{_PAD}" height="{plot}" overflow="visible">{"".join(over)}</svg>'
    frame = _tip_frame(ident, series)
    return _chart(axis, f"{frame}{grid}<g>{''.join(body)}</g>{tips}", height)


def line(
    values: Sequence[float],
    ticks: Sequence[str],
    show: Callable[[float], str],
) -> Markup:
    """A line that goes in steps, as counts do, with its ground filled; ticks at equal distances."""
    step, top = scale(max(values, default=0), 2)
    height = 160
    plot = height - _PAD - _FOOT

    def y(value: float) -> float:
        return _PAD + plot * (1 - value / top)

    axis, grid = _axis(step, top, y, show)
    apart = 1000 / max(1, len(values) - 1)
    path = f"M0 {_px(y(values[0] if values else 0))}"
    path += "".join(f"H{n * apart:.0f}V{_px(y(v))}" for n, v in enumerate(values[1:], 1))
    last = max(1, len(ticks) - 1)
    anchors = ["start", *["middle"] * max(0, len(ticks) - 2), "end"]
    words = "".join(
        _tick(tick, 100 * n / last, height, anchors[n], is_major=n in {0, last} or n % 2 == 0)
        for n, tick in enumerate(ticks)
    )
    drawn = (
        f'<svg width="100%" height="{height}" viewBox="0 0 1000 {height}" '
        f'preserveAspectRatio="none"><path class="area" d="{path}V{_px(y(0))}H0z"/>'
        f'<path class="line" d="{path}"/></svg>'
    )
    return _chart(axis, grid + drawn + words, height)


def spark(values: Sequence[float]) -> Markup:
    """A line of fixed size in a row of a table; its last point is marked. Empty if all are zero."""
    top = max(values, default=0)
    if top <= 0 or len(values) < 2:
        return Markup("")
    points = [
        (
            2 + n * (_SPARK_WIDTH - 6) / (len(values) - 1),
            2 + (_SPARK_HEIGHT - 5) * (1 - value / top),
        )
        for n, value in enumerate(values)
    ]
    path = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
    x, y = points[-1]
    return Markup(  # noqa: S704 (numbers alone)
        f'<svg class="spark" width="{_SPARK_WIDTH}" height="{_SPARK_HEIGHT}" aria-hidden="true">'
        f'<polyline points="{path}"/><circle cx="{_px(x)}" cy="{_px(y)}" r="2"/></svg>'
    )


def _chart(axis: str, plot: str, height: int) -> Markup:
    return Markup(  # noqa: S704 (texts are escaped where they are put in)
        f'<svg class="chart-y" width="46" height="{height}" aria-hidden="true">{axis}</svg>'
        f'<svg class="chart-plot" width="100%" height="{height}" aria-hidden="true">{plot}</svg>'
    )


def _tick(text: str, x: float, height: int, anchor: str = "middle", *, is_major: bool) -> str:
    return (
        f'<text x="{_pc(x)}" y="{height - 6}" text-anchor="{anchor}" '
        f'class="tick{"" if is_major else " tick-minor"}">{escape(text)}</text>'
    )


def _axis(
    step: float, top: float, y: Callable[[float], float], show: Callable[[float], str]
) -> tuple[str, str]:
    axis, grid = [], []
    for number in range(round(top / step) + 1):
        at = _px(y(step * number))
        text = escape(show(step * number))
        kind = "grid" if number else "base"
        axis.append(f'<text x="100%" dx="-8" y="{at}" dy="4" text-anchor="end">{text}</text>')
        grid.append(f'<line x1="0" x2="100%" y1="{at}" y2="{at}" class="{kind}"/>')
    return "".join(axis), "".join(grid)


def _stack(
    column: Column,
    series: Sequence[Series],
    x: float,
    width: float,
    y: Callable[[float], float],
    scaled: float,
) -> list[str]:
    """The parts of one column, a pixel apart, the uppermost with round corners."""
    shown = [(one.colour, v) for one, v in zip(series, column.values, strict=True) if v > 0]
    parts, base = [], 0.0
    for number, (colour, value) in enumerate(shown):
        height = max(1.0, scaled * value - (1 if number else 0))
        kind = "to-come" if column.is_to_come else colour
        corner = ' rx="1.5"' if number == len(shown) - 1 else ""
        parts.append(
            f'<rect x="{_pc(x)}" width="{_pc(width)}" y="{_px(y(base + value))}" '
            f'height="{_px(height)}" class="{kind}"{corner}/>'
        )
        base += value
    return parts


def _areas(
    columns: Sequence[Column], series: Sequence[Series], y: Callable[[float], float], height: int
) -> str:
    """One stepped area for each series, the lower ones drawn over the higher ones."""
    sums, base, paths = [0.0] * len(columns), _px(y(0)), []
    for number, one in enumerate(series):
        sums = [below + column.values[number] for below, column in zip(sums, columns, strict=True)]
        steps = "".join(f"V{_px(y(value))}H{n}" for n, value in enumerate(sums, 1))
        paths.append(f'<path class="{one.colour}" d="M0 {base}{steps}V{base}z"/>')
    return (
        f'<svg width="100%" height="{height}" viewBox="0 0 {len(columns)} {height}" '
        f'preserveAspectRatio="none">{"".join(reversed(paths))}</svg>'
    )


def _tip_frame(ident: str, series: Sequence[Series]) -> str:
    """What all tooltips of a chart have in common: the box, and the names of the series."""
    names = "".join(
        f'<rect x="10" y="{29 + _LINE * n}" width="9" height="9" rx="2" class="{one.colour}"/>'
        f'<text x="25" y="{38 + _LINE * n}" class="tip-name">{escape(one.name)}</text>'
        for n, one in enumerate(series)
    )
    height = 14 + _LINE * (len(series) + 1)
    box = f'<rect width="{_TIP_WIDTH}" height="{height}" rx="6" class="tip-box"/>'
    return f'<defs><g id="{ident}-tip">{box}{names}</g></defs>'


def _tip(ident: str, column: Column, x: float, slot: float, show: Callable[[float], str]) -> str:
    """The tooltip of a column, shown while the pointer is over it."""
    middle = x + slot / 2
    shift = -10.0 if middle < 22 else (10.0 - _TIP_WIDTH if middle > 78 else -_TIP_WIDTH / 2)
    values = "".join(
        f'<tspan x="{_TIP_WIDTH - 10}" dy="18">{escape(show(v))}</tspan>' for v in column.values
    )
    inner = (
        f'<rect x="{_pc(x)}" width="{_pc(slot)}" class="hit-area"/>'
        f'<svg x="{_pc(middle)}" class="tip"><g transform="translate({_px(shift)})">'
        f'<use href="#{ident}-tip"/><text x="10" y="20" class="tip-title">{escape(column.title)}</text>'
        f'<text y="20" text-anchor="end">{values}</text></g></svg>'
    )
    if not column.href:
        return f'<g class="hit">{inner}</g>'
    return f'<a href="{escape(column.href)}" tabindex="-1" class="hit">{inner}</a>'


def _pc(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def _px(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
