"""`aldea settings`: every environment variable."""

import shutil
import sys

from typing import Any

import click


@click.command("settings", epilog="\b\nExample:\n  aldea settings")
def command() -> None:
    """
    Show every setting: its environment variable, its default and what it is for.

    On a terminal as paragraphs, else one on each line.
    """
    from entrypoints.cli.tables import show_table

    if not sys.stdout.isatty():
        names = ("variable", "default", "what it is for")
        show_table([dict(zip(names, row, strict=True)) for row in table()])
        return
    width = shutil.get_terminal_size().columns
    for n, (name, default, about) in enumerate(table()):
        gap = "\n" if n else ""
        click.echo(f"{gap}{click.style(name, bold=True)}  {default}".rstrip())
        click.echo(click.wrap_text(about, width, initial_indent="  ", subsequent_indent="  "))


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
