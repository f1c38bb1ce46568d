"""`aldea alerts`: what an organisation was warned of, and at which shares it is."""

import json

from typing import Any

import click

from entrypoints.cli.account import Account, account_options, org_items
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.tables import show_items, show_json
from entrypoints.cli.texts import minute


@click.group(cls=ListingGroup)
def command() -> None:
    """List what an organisation was warned of, and set at which shares of quota and cap it is."""


@command.command(
    "list", epilog="\b\nExamples:\n  aldea alerts\n  aldea alerts list --limit 10 --json"
)
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="The most to list."
)
@account_options
def list_(account: Account, limit: int) -> None:
    """List events, newest first: shares of quota and cap, invoices, suspension, keys that expire."""
    show_items(
        account.over_http(org_items("events", limit=limit)),
        lambda event: {
            "at": minute(event["created_at"]),
            "type": event["type"],
            "about": _in_words(event),
        },
        as_json=account.as_json,
    )


def _in_words(event: dict[str, Any]) -> str:
    """As emails say it; of types that a newer backend may have, the facts."""
    from aldea_core.domain.notifications.emails import in_words
    from aldea_core.domain.notifications.events import EventType

    data = event["data"]
    try:
        words = in_words(EventType(event["type"]), data, "the organisation")
    except (ValueError, KeyError):
        words = None
    if words is None:
        return json.dumps(data, ensure_ascii=False)
    text = " ".join(words.text.split())
    return text[:1].upper() + text[1:]


@command.command(
    epilog="\b\nExamples:\n  aldea alerts thresholds\n  aldea alerts thresholds 50 80 100"
)
@click.argument("shares", nargs=-1, type=click.IntRange(1, 100), metavar="[PERCENT]...")
@click.option("--none", is_flag=True, help="Warn of no share.")
@account_options
def thresholds(account: Account, shares: tuple[int, ...], none: bool) -> None:
    """Show the shares of the month's quota and cap that are warned of, or set them."""
    if shares and none:
        raise click.UsageError("--none goes without shares.")

    async def work(client: BackendClient, org: str) -> Any:
        path = f"/v1/orgs/{org}/alerts"
        current = await client.call("GET", path)
        if not shares and not none:
            return current.document
        etag = current.headers.get("ETag")
        return (await client.call("PUT", path, {"thresholds": shares}, if_match=etag)).document

    found = account.over_http(work)
    if account.as_json:
        show_json(found)
    else:
        shown = ", ".join(f"{share} %" for share in found["thresholds"])
        click.echo(f"Warned at {shown} of the month's quota and cap." if shown else "Never warned.")
