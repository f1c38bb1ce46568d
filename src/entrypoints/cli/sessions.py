"""`aldea sessions`: live streams and files that are being transcribed now."""

from typing import Any

import click

from entrypoints.cli.account import Account, account_options
from entrypoints.cli.backend_client import BackendClient, part_of_path
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.key_names import key_names
from entrypoints.cli.tables import show_items, show_json
from entrypoints.cli.texts import duration, minute


@click.group(cls=ListingGroup)
def command() -> None:
    """List what is being transcribed now, and end it."""


@command.command("list", epilog="\b\nExamples:\n  aldea sessions\n  aldea sessions list --json")
@account_options
def list_(account: Account) -> None:
    """List the live streams and files that are open, with the names of their keys."""

    async def work(client: BackendClient, org: str) -> tuple[dict[str, Any], dict[str, str]]:
        found = await client.items(f"/v1/orgs/{org}/sessions")
        if account.as_json or not found["items"]:
            return found, {}
        return found, await key_names(client, org)

    found, names = account.over_http(work)
    show_items(
        found,
        lambda session: {
            "id": session["id"],
            "kind": session["kind"],
            "started": minute(session["started_at"]),
            "audio": duration(session["audio_ms"]),
            "language": session["language"] or "",
            "model": session["model"] or "",
            "key": names.get(session["key_id"]) or session["key_id"],
        },
        as_json=account.as_json,
    )


@command.command(
    epilog="\b\nExamples:\n  aldea sessions end SESSION-ID\n  aldea sessions end --all"
)
@click.argument("sessions", nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="End all that are open.")
@account_options
def end(account: Account, sessions: tuple[str, ...], everything: bool) -> None:
    """End open sessions: live streams are closed with 4004."""
    if bool(sessions) == everything:
        raise click.UsageError("Name sessions by their ids, or say --all.")

    async def work(client: BackendClient, org: str) -> list[str]:
        path = f"/v1/orgs/{org}/sessions"
        ids = sessions
        if everything:
            ids = tuple(one["id"] for one in (await client.items(path))["items"])
        for session in ids:
            await client.call("DELETE", f"{path}/{part_of_path(session)}")
            if not account.as_json:
                click.echo(f"{session} ends within 5 seconds.")
        return list(ids)

    ended = account.over_http(work)
    if account.as_json:
        show_json([{"id": session, "ended": True} for session in ended])
    elif not ended:
        click.echo("There are none.")
