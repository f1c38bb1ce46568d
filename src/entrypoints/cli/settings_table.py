"""`aldea settings`: every environment variable."""

from typing import Any

import click


@click.command("settings")
def command() -> None:
    """Show every setting: its environment variable, its default and what it is for."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("variable", "default", "what it is for"):
        shown.add_column(column, overflow="fold")
    for row in table():
        shown.add_row(*row)
    Console(highlight=False).print(shown)


def table() -> list[tuple[str, str, str]]:
    """Every variable, its default and what it is for."""
    import attrs

    from entrypoints.settings import Settings, variable

    return [
        (variable(field.name), _shown(field.default), field.metadata["about"])
        for field in attrs.fields(Settings)
    ]


def _shown(value: Any) -> str:
    match value:
        case tuple():
            return ",".join(value)
        case bool():
            return str(value).lower()
        case None:
            return ""
        case _:
            return str(value)
