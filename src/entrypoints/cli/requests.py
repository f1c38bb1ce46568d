"""`aldea requests`: live streams and files that were transcribed, newest first."""

import functools
import json
import sys

from collections.abc import AsyncIterator, Callable
from typing import Any

import click

from entrypoints.cli.account import Account, account_options
from entrypoints.cli.backend_client import BackendClient, part_of_path
from entrypoints.cli.errors import CommandError
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.tables import plain, show_json, show_table
from entrypoints.cli.texts import described, duration, minute


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that select sessions; the command gets them as one query, `selection`."""
    names = ("since", "until", "kind", "key", "status", "model", "failed", "tag")

    @click.option(
        "--since",
        metavar="TIME",
        help="From this day on, as 2026-11-01, or time, as 2026-11-01T12:00Z; else from the "
        "beginning of the month. Days are of UTC.",
    )
    @click.option("--until", metavar="TIME", help="Before this time, or with this day; else now.")
    @click.option("--kind", type=click.Choice(["live", "file"]))
    @click.option("--key", metavar="ID", help="Of the API key with this id.")
    @click.option("--status", type=click.IntRange(0, 65_535), help="HTTP status or close code.")
    @click.option("--model", help="Of this model.")
    @click.option(
        "--failed/--billed", default=None, help="With nothing to bill, or with something."
    )
    @click.option("--tag", help="With this tag.")
    @functools.wraps(command)
    def with_selection(*arguments: Any, **options: Any) -> Any:
        selection = {name: options.pop(name) for name in names}
        selection["key_id"] = selection.pop("key")
        return command(*arguments, selection=selection, **options)

    return with_selection


_ID_LENGTH = 36  # of a UUID


@click.group(cls=ListingGroup)
def command() -> None:
    """List the live streams and files that were transcribed, and show one."""


@command.command(
    "list",
    epilog="\b\nExamples:\n  aldea requests\n  aldea requests --failed --since 2026-11-01 --limit 500\n"
    "  aldea requests --all --json\n  aldea requests --csv > requests.csv",
)
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="The most to list."
)
@click.option("--all", "everything", is_flag=True, help="List all that there are.")
@click.option("--csv", "as_csv", is_flag=True, help="All of them, as CSV.")
@selection_options
@account_options
def list_(
    account: Account, limit: int, everything: bool, as_csv: bool, selection: dict[str, Any]
) -> None:
    """List requests, newest first: this month's, unless --since says."""
    if as_csv and account.as_json:
        raise click.UsageError("--csv and --json exclude each other.")

    async def csv(client: BackendClient, org: str) -> None:
        async for piece in client.stream(f"/v1/orgs/{org}/usage/csv", selection):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()

    async def pages(client: BackendClient, org: str) -> None:
        most = None if everything else limit
        found = client.pages(f"/v1/orgs/{org}/requests", selection, limit=most)
        await (_print_json(found) if account.as_json else _print_table(found))

    account.over_http(csv if as_csv else pages)


@command.command(epilog="\b\nExample:\n  aldea requests show REQUEST-ID")
@click.argument("request", metavar="ID")
@account_options
def show(account: Account, request: str) -> None:
    """
    Show the request with the id ID, which its client got as request_id.

    The beginning of an id will do, as the dashboard shows it, if no other request begins so.
    """

    async def work(client: BackendClient, org: str) -> Any:
        requests = f"/v1/orgs/{org}/requests"
        wanted = request
        if len(wanted) < _ID_LENGTH:
            of_all_time = {"id": wanted, "since": "2000-01-01"}
            found = (await client.items(requests, of_all_time, limit=2))["items"]
            if len(found) > 1:
                raise CommandError(
                    f"several requests begin with {plain(wanted)}: name the whole id"
                )
            wanted = found[0]["id"] if found else wanted
        return await client.get(f"{requests}/{part_of_path(wanted)}")

    found = account.over_http(work)
    if account.as_json:
        show_json(found)
    else:
        show_table(described(found))


async def _print_table(pages: AsyncIterator[dict[str, Any]]) -> None:
    rows, following = [], None
    async for page in pages:
        rows += [_row(item) for item in page["items"]]
        following = page["next"]
    show_table(rows)
    if following is not None:
        click.echo(f"There are more than {len(rows)}: --limit, --all, --csv.", err=True)


async def _print_json(pages: AsyncIterator[dict[str, Any]]) -> None:
    """One document of all pages, written as they come: there may be millions of requests."""
    click.echo('{"items": [', nl=False)
    following, separator = None, "\n"
    async for page in pages:
        for item in page["items"]:
            click.echo(f"{separator}  {json.dumps(item, ensure_ascii=False)}", nl=False)
            separator = ",\n"
        following = page["next"]
    click.echo(f'\n], "next": {json.dumps(following)}}}')


def _row(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": request["id"],
        "started": minute(request["started_at"]),
        "kind": request["kind"],
        "audio": duration(request["audio_ms"]),
        "status": request["status"],
        "reason": request["reason"],
        "key": request["key_name"],
        "model": request["model"],
        "cost": "" if request["cost"] is None else f"{request['cost']} {request['currency']}",
        "tags": " ".join(request["tags"]),
    }
