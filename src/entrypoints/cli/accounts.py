"""What the commands on orgs and keys share: the database they use, and how rows are shown."""

import asyncio
import getpass
import json
import os
import sys

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entrypoints.cli.errors import CommandError


if TYPE_CHECKING:
    from aldea_core.domain.access.audit import Facts
    from entrypoints.containers.services import Services
    from entrypoints.settings import Settings


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


def database_at(data: Path, database_url: str | None) -> str:
    """
    The URL of the database that a command uses.

    Raises:
        CommandError: No database is named or found.
    """
    return database_url or os.environ.get("ALDEA_DATABASE_URL") or _local(data)


def on_database(
    data: Path,
    database_url: str | None,
    work: "Callable[[Services], Awaitable[_Result]]",
    settings: "Settings | None" = None,
) -> _Result:
    """
    Runs *work* with the services of a database.

    Raises:
        CommandError: No database is named or found.
    """
    import attrs

    from entrypoints.containers.aldea import aldea
    from entrypoints.settings import Settings

    url = database_at(data, database_url)
    found = attrs.evolve(settings or Settings(), database_url=url)

    async def run() -> _Result:
        async with aldea(found, ()) as services:
            return await work(services)

    return asyncio.run(run())


def _local(data: Path) -> str:
    """
    The URL of the database of the last `aldea up`.

    Raises:
        CommandError: There was none.
    """
    from entrypoints.devstack.ready import FILE, newest

    ready = newest(data / FILE)
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(ready.read_text())["database_url"])
    if not (data / "aldea.db").exists():
        raise CommandError(
            f"there is no database in {data}: run `aldea up` first, or name another one "
            "with --data or --database-url",
        )
    return f"sqlite:///{data / 'aldea.db'}"


async def note(
    services: "Services",
    action: str,
    org: str | None,
    target: str,
    before: "Facts | None" = None,
    after: "Facts | None" = None,
) -> None:
    """
    Writes a change to the audit log; nothing if *before* equals *after*. To be called in the
    change's transaction.
    """
    if before is not None and before == after:
        return
    from aldea_core.domain.access.audit import Actor, ActorKind, AuditEntry
    from aldea_core.domain.ids import OrgId

    actor = Actor(ActorKind.COMMAND_LINE, name=getpass.getuser())
    entry = AuditEntry(
        services.stores.clock().now(),
        actor,
        action,
        None if org is None else OrgId(org),
        target,
        before or {},
        after or {},
    )
    await services.people.audit().write([entry])


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Rows as JSON for programs, or as a table for people: dates by the day, no empty columns."""
    if as_json:
        click.echo(json.dumps(list(rows), indent=2, default=datetime.isoformat))
        return
    if not rows:
        click.echo("There are none.")
        return
    from rich.console import Console
    from rich.table import Table

    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name not in {"name", "scopes"})
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    # Only a terminal limits the width.
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y-%m-%d}"
        case _:
            return str(value)
