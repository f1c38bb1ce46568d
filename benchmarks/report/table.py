"""A table, independent of where it is shown; and the format of numbers."""

import statistics

from typing import Any

import attrs


@attrs.frozen
class Table:
    """A table whose first column is text, and whose other columns are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


def median(cost: dict[str, Any], name: str = "micros") -> float:
    return statistics.median(cost[name]) if cost.get(name) else 0.0


def noise(cost: dict[str, Any]) -> float:
    """Half of the distance between the least and the most of the rounds, relative to the median."""
    middle = median(cost)
    return (max(cost["micros"]) - min(cost["micros"])) / 2 / middle if middle else 0.0


def ratio(value: float, reference: float) -> str:
    return f"{value / reference:.2f}×" if reference else "–"


def number(value: float | None) -> str:
    """Formats a number with its significant places."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"


def seconds(value: float) -> str:
    return f"{value * 1000:,.0f} ms" if value < 1 else f"{value:.2f} s"


def percent(value: float) -> str:
    return f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def costs(
    title: str, targets: dict[str, dict[str, Any]], *, waits: bool = False, note: str = ""
) -> Table:
    """A table of the CPU per unit, relative to nginx's."""
    reference = median(targets.get("nginx", {}))
    rows = []
    for name, cost in targets.items():
        own = median(cost)
        row = [
            name,
            number(own) if own else "–",
            ratio(own, reference) if own else "–",
            f"± {noise(cost):.0%}" if own else "–",
            number(median(cost, "rate")),
        ]
        if waits:
            row += [number(median(cost, "p50")), number(median(cost, "p99"))]
        rows.append((*row, str(cost["failed"])))
    columns = ["through", "CPU each, µs", "to nginx", "noise", "a second"]
    if waits:
        columns += ["p50, ms", "p99, ms"]
    return Table(title, (*columns, "failed"), rows, note)
