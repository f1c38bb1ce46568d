"""What the commands on orgs and keys share: the database they work on, and how rows are shown."""

import asyncio
import json
import os

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entrypoints.cli.errors import CommandError


if TYPE_CHECKING:
    from entrypoints.container import Container


_Command = TypeVar("_Command", bound=Callable[..., Any])
_Result = TypeVar("_Result")


def database_options(command: _Command) -> _Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="For machines."),
        click.option("--database-url", help="Database; else ALDEA_DATABASE_URL, else --data."),
        click.option(
            "--data",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path(".aldea"),
            show_default=True,
            help="Data of the local `aldea up`.",
        ),
    ):
        command = option(command)
    return command


def on_database(
    data: Path,
    database_url: str | None,
    deed: "Callable[[Container], Awaitable[_Result]]",
) -> _Result:
    """
    Does *deed* with the use cases of a database.

    Raises:
        CommandError: There is no database.
    """
    from entrypoints.container import Container, close, prepare_database
    from entrypoints.settings import Settings

    url = database_url or os.environ.get("ALDEA_DATABASE_URL")
    if not url:
        if not (data / "aldea.db").exists():
            raise CommandError(
                f"there is no database in {data}: run `aldea up` first, or name another one "
                "with --data or --database-url",
            )
        url = f"sqlite:///{data / 'aldea.db'}"
    settings = Settings(database_url=url)

    async def run() -> _Result:
        container = Container(settings=settings)
        try:
            await prepare_database(container)
            return await deed(container)
        finally:
            await close(container)

    return asyncio.run(run())


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Rows as a table for people, or as JSON for machines."""
    if as_json:
        click.echo(json.dumps(list(rows), indent=2))
        return
    if not rows:
        click.echo("There are none.")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in rows[0]:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(highlight=False).print(table)
