"""`aldea members`: who is in an organisation."""

import click

from entrypoints.cli.account import Account, account_options, org_items
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
    show_items(
        account.over_http(org_items("members")),
        lambda member: {
            "email": member["email"],
            "name": member["name"],
            "role": member["role"],
            "since": day(member["joined_at"]),
        },
        as_json=account.as_json,
    )
