"""Prints the tables on the terminal."""

from rich.console import Console
from rich.table import Table as Shown

from benchmarks.report.tables import tables
from benchmarks.results import Results


def show(results: Results, console: Console) -> None:
    for part in results.parts:
        for table in tables(results, part):
            shown = Shown(
                title=table.title,
                title_justify="left",
                title_style="bold",
                caption=table.note or None,
                box=None,
                pad_edge=False,
            )
            for n, column in enumerate(table.columns):
                shown.add_column(column, justify="right" if n else "left")
            for row in table.rows:
                shown.add_row(*row)
            console.print(shown)
            console.print()
