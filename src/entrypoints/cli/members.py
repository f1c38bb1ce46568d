"""`aldea members`: who is in an organisation."""

from typing import Any

import click

from entrypoints.cli.account import Account, account_options
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.tables import show_items
from entrypoints.cli.texts import day


@click.group(cls=ListingGroup)
def command() -> None:
    """List the members of an organisation, and their roles."""


@command.command("list", epilog="\b\nExamples:\n  aldea members\n  aldea members --org Acme --json")
@account_options
def list_(account: Account) -> None:
    """List the members of an organisation, and their roles."""

    async def work(client: BackendClient, org: str) -> dict[str, Any]:
        return await client.items(f"/v1/orgs/{org}/members")

    found = account.over_http(work)
    show_items(
        found,
        lambda member: {
            "email": member["email"],
            "name": member["name"],
            "role": member["role"],
            "since": day(member["joined_at"]),
        },
        as_json=account.as_json,
    )
