"""Writes `docs/performance.md` from the kept results and a template with hand-written text."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.parts import PARTS
from benchmarks.report.aims import aims
from benchmarks.report.plots import PLOTS, draw
from benchmarks.report.table import Table
from benchmarks.report.tables import tables
from benchmarks.results import DOCUMENT, Results


TEMPLATE = Path(__file__).with_name("performance.md.jinja")
_MARKS = {True: "reached", False: "**missed**", None: "open"}


def write(results: Results, document: Path = DOCUMENT) -> list[Path]:
    """Writes the document, and the plots into a folder of the same name beside it."""
    plots = draw(results, document.with_suffix(""))
    document.write_text(text(results))
    return [document, *plots]


def text(results: Results) -> str:
    # The output is Markdown of Aldea's own numbers: nothing needs escaping.
    pages = Environment(
        loader=FileSystemLoader(TEMPLATE.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return pages.get_template(TEMPLATE.name).render(
        machine=_machine(results),
        parts=[
            (name, results.parts[name]) if name in results.parts else (name, None) for name in PARTS
        ],
        aims=[(aim, _MARKS[aim.met]) for aim in aims(results)],
        missed=sorted({aim.key for aim in aims(results) if aim.met is False}),
        tables=lambda part: _all(results, part),
        plot=lambda name, about: _plot(results, name, about),
    )


def _machine(results: Results) -> dict[str, str]:
    """The machine of the part that was measured last."""
    if not results.parts:
        return {}
    machine: dict[str, str] = max(results.parts.values(), key=lambda part: part["at"])["machine"]
    return machine


def _all(results: Results, part: str) -> str:
    found = tables(results, part)
    return "\n".join(_markdown(table) for table in found) if found else "*Not measured yet.*\n"


def _markdown(table: Table) -> str:
    lines = [
        f"**{table.title}**",
        "",
        "| " + " | ".join(table.columns) + " |",
        "|---" + "|---:" * (len(table.columns) - 1) + "|",
        *("| " + " | ".join(row) + " |" for row in table.rows),
    ]
    if table.note:
        lines += ["", table.note]
    return "\n".join(lines) + "\n"


def _plot(results: Results, name: str, about: str) -> str:
    part, _ = PLOTS[name]
    return f"![{about}](performance/{name}.svg)\n" if part in results.parts else ""
