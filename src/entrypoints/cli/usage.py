"""`aldea usage`: how much audio was transcribed in a time, and what it costs."""

from collections.abc import Iterator
from typing import Any

import click

from entrypoints.cli.account import Account, account_options
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.requests import selection_options
from entrypoints.cli.tables import show_json, show_table
from entrypoints.cli.texts import duration, minute


@click.command(
    epilog="\b\nExamples:\n  aldea usage\n  aldea usage --by day --since 2026-11-01\n"
    "  aldea usage --by month,key --json",
)
@click.option(
    "--by",
    default="kind",
    show_default=True,
    help="Groups: hour, day, week, month, key, kind, model, status, reason, tag; or two of them, as "
    "day,key.",
)
@selection_options
@account_options
def command(account: Account, by: str, selection: dict[str, Any]) -> None:
    """
    Show how much audio was transcribed, and what it costs: this month, unless --since says.

    Costs are before the plan's fee and what that includes.
    """

    async def work(client: BackendClient, org: str) -> Any:
        return await client.get(f"/v1/orgs/{org}/usage/groups", {**selection, "by": by})

    used = account.over_http(work)
    if account.as_json:
        show_json(used)
        return
    click.echo(f"From {minute(used['since_at'])} until {minute(used['until_at'])} UTC")
    names = used["by"].split(",")
    total = _row({names[0]: "total"} | dict.fromkeys(names[1:], ""), used, used["currency"])
    show_table([*_rows(used["items"], names, used["currency"]), total])


def _rows(
    groups: list[dict[str, Any]], names: list[str], currency: str, above: str = ""
) -> Iterator[dict[str, Any]]:
    """A row for each group without groups in it. Times without usage are left out."""
    for group in groups:
        name = group["label"] or group["name"] or "(none)"
        if group["groups"] is not None:
            yield from _rows(group["groups"], names, currency, name)
        elif group["totals"]["sessions"]:
            named = (above, name) if len(names) > 1 else (name,)
            yield _row(dict(zip(names, named, strict=True)), group, currency)


def _row(named: dict[str, str], group: dict[str, Any], currency: str) -> dict[str, Any]:
    totals, cost = group["totals"], group["cost"]
    return {
        **named,
        "sessions": totals["sessions"],
        "failed": totals["failed"],
        "audio": duration(totals["audio_ms"]),
        "cost": "" if cost is None else f"{cost} {currency}",
    }
