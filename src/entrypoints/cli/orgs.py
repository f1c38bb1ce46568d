"""`aldea orgs`: organisations."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.accounts import database_options, on_database, show


if TYPE_CHECKING:
    from aldea_core.domain.orgs import Org
    from entrypoints.container import Container


@click.group()
def command() -> None:
    """Create and list organisations."""


@command.command(epilog="\b\nExample:\n  aldea orgs create 'Acme Ltd'")
@click.argument("name")
@database_options
def create(name: str, data: Path, database_url: str | None, as_json: bool) -> None:
    """Create an organisation called NAME."""

    async def deed(container: "Container") -> "Org":
        return await container.create_org()(name)

    show([_row(on_database(data, database_url, deed))], as_json=as_json)


@command.command("list", epilog="\b\nExample:\n  aldea orgs list --json")
@database_options
def list_(data: Path, database_url: str | None, as_json: bool) -> None:
    """List all organisations."""

    async def deed(container: "Container") -> "list[Org]":
        return list(await container.accounts().orgs())

    show([_row(org) for org in on_database(data, database_url, deed)], as_json=as_json)


def _row(org: "Org") -> dict[str, Any]:
    return {
        "id": org.id,
        "name": org.name,
        "status": org.status.value,
        "live": org.limits.concurrent_live,
        "files": org.limits.concurrent_files,
        "created": org.created,
    }
