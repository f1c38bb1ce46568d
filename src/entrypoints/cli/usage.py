"""`aldea usage`: how much audio was transcribed in a time, and what it costs."""

from collections.abc import Mapping
from typing import Any

import attrs
import click

from entrypoints.cli.account import Account, account_options
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.errors import Refused
from entrypoints.cli.requests import selection_options
from entrypoints.cli.tables import show_json, show_table
from entrypoints.cli.texts import duration, minute, money


_DIMENSIONS = ("day", "hour", "key", "kind", "model", "status", "tag")


@attrs.frozen
class _Costs:
    """Amounts as texts; empty where they are not known."""

    of_all: str = ""
    by_name: Mapping[str, str] = attrs.field(factory=dict)


@click.command(
    epilog="\b\nExamples:\n  aldea usage\n  aldea usage --by day --since 2026-11-01\n"
    "  aldea usage --by tag --json",
)
@click.option("--by", type=click.Choice(_DIMENSIONS), help="Add up for each of these.")
@selection_options
@account_options
def command(account: Account, by: str | None, selection: dict[str, Any]) -> None:
    """Show how much audio was transcribed, and what it costs: this month's, unless --since says."""

    async def work(client: BackendClient, org: str) -> tuple[Any, _Costs]:
        base = f"/v1/orgs/{org}"
        if by is None:
            used = await client.get(f"{base}/usage", selection)
        else:
            used = await client.get(f"{base}/usage/groups", {**selection, "by": by})
        costs = _Costs() if account.as_json else await _costs(client, base, used, by, selection)
        return used, costs

    used, costs = account.over_http(work)
    if account.as_json:
        show_json(used)
        return
    click.echo(f"From {minute(used['since'])} until {minute(used['until'])} UTC")
    if by is None:
        show_table([_row({}, used["totals"], costs.of_all)])
        return
    rows = [
        _row({by: item["name"] or "(none)"}, item["totals"], costs.by_name.get(item["name"], ""))
        for item in used["items"]
    ]
    show_table([*rows, _row({by: "total"}, used["totals"], costs.of_all)] if rows else [])


async def _costs(
    client: BackendClient, base: str, used: Any, by: str | None, selection: dict[str, Any]
) -> _Costs:
    """What all of it costs, and each tag; nothing for those who may not see it."""
    query = {**selection, "since": used["since"], "until": used["until"]}
    try:
        whole = await client.get(f"{base}/costs", query)
        tags = await client.get(f"{base}/costs", {**query, "by": "tag"}) if by == "tag" else None
    except Refused as error:
        if error.status == 403:
            return _Costs()
        raise
    currency = whole["currency"]
    of_all = money(sum(item["amount"] for item in whole["items"]), currency)
    items = tags["items"] if tags else []
    return _Costs(of_all, {item["name"]: money(item["amount"], currency) for item in items})


def _row(first: dict[str, str], totals: dict[str, Any], cost: str) -> dict[str, Any]:
    return {
        **first,
        "sessions": totals["sessions"],
        "failed": totals["failed"],
        "audio": duration(totals["audio_ms"]),
        "live": duration(totals["live_ms"]),
        "files": duration(totals["file_ms"]),
        "cost": cost,
    }
