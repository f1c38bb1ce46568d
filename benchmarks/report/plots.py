"""Plots of the kept results as SVG, reproducible, and legible in light and dark themes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.report import figures
from benchmarks.report.ink import drawn
from benchmarks.results import Results


PLOTS: dict[str, tuple[str, Callable[[Any, dict[str, Any]], None]]] = {
    "frames": ("live", figures.frames),
    "added": ("realtime", figures.added),
    "share": ("realtime", figures.share),
    "flat": ("realtime", figures.flat),
    "uploads": ("uploads", figures.uploads),
    "growth": ("growth", figures.growth),
    "keys": ("growth", figures.keys),
}


def draw(results: Results, folder: Path) -> list[Path]:
    """Draws the plots whose part was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, (part, figure) in PLOTS.items():
        found = results.found(part)
        if found is not None:
            path = folder / f"{name}.svg"
            path.write_text(drawn(lambda axes, found=found, figure=figure: figure(axes, found)))
            made.append(path)
    return made
