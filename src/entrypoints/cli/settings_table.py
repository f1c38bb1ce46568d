"""`aldea settings`: every environment variable."""

import click


@click.command("settings")
def command() -> None:
    """Show every setting: its environment variable, its default and what it is for."""
    from rich.console import Console
    from rich.table import Table

    from entrypoints.configuration.table import table

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("variable", "default", "what it is for"):
        shown.add_column(column, overflow="fold")
    for row in table():
        shown.add_row(*row)
    Console(highlight=False).print(shown)
