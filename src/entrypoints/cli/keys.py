"""`aldea keys`: API keys, at a backend or in a database."""

import sys

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from entrypoints.cli import keys_database
from entrypoints.cli.account import Account, account_or_database_options, org_items
from entrypoints.cli.backend_client import BackendClient, HttpAnswer
from entrypoints.cli.choosing import Item, chosen
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.key_options import KeyUse, key_use_options
from entrypoints.cli.tables import show_items, show_json
from entrypoints.cli.texts import day


@click.group(cls=ListingGroup)
def command() -> None:
    """List, create, change, rotate and revoke API keys."""


@command.command(
    "list",
    epilog="\b\nExamples:\n  aldea keys\n  aldea keys list --org Acme --json\n"
    "  aldea keys list --state working",
)
@click.option(
    "--state", type=click.Choice(["working", "ended"]), help="Of this state only; else of both."
)
@account_or_database_options
def list_(account: Account, state: str | None) -> None:
    """List the keys of an organisation, without their secrets; revoked ones too."""
    show_items(
        account.anywhere(
            org_items("keys", {"state": state}), partial(keys_database.listed, state=state)
        ),
        lambda key: {
            "id": key["id"],
            "name": key["name"],
            "key": f"{key['hint']}…",
            "scopes": " ".join(key["scopes"]),
            "state": _state(key),
            "limits": _use_in_words(key),
            "last used": day(key["last_used_at"]),
            "ends": day(_end(key)),
        },
        as_json=account.as_json,
    )


def _end(key: Mapping[str, Any]) -> str | None:
    """When the key expires or is revoked, whichever is first: a rotated key is revoked later on."""
    ends = [moment for moment in (key["expires_at"], key["revoked_at"]) if moment]
    return min(ends, default=None)


def _state(key: Mapping[str, Any]) -> str:
    if key["works"]:
        return "works"
    return "expired" if _end(key) == key["expires_at"] else "revoked"


@command.command(
    epilog="\b\nExamples:\n  aldea keys create --name laptop\n"
    "  aldea keys create --name robot --scope usage:write --days 90 > robot.key\n"
    "  aldea keys create --name kiosk --requests-per-minute 60 --model general",
)
@click.option("--name", default="Key", show_default=True, help="What people call it.")
@click.option("--scope", "scopes", multiple=True, help="What it may do; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="Counted with its usage; may be repeated.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires.")
@key_use_options
@account_or_database_options
def create(
    account: Account,
    name: str,
    scopes: tuple[str, ...],
    tags: tuple[str, ...],
    days: int | None,
    use: KeyUse,
) -> None:
    """Create a key. It is printed once, now, on standard output."""
    wanted = keys_database.new_key(name, scopes or ("member",), tags, days) | use.document()

    async def over_http(client: BackendClient, org: str) -> Any:
        return _in_effect(await client.call("POST", f"/v1/orgs/{org}/keys", wanted)).document

    _show_made(account, account.anywhere(over_http, partial(keys_database.create, wanted=wanted)))


@command.command(
    epilog="\b\nExamples:\n  aldea keys change laptop --name desktop\n"
    "  aldea keys change kiosk --requests-per-minute 120 --seconds-per-month none\n"
    "  aldea keys change kiosk --model general --model fast\n"
    "  aldea keys change kiosk --all-models --days 30 --name lobby",
)
@click.argument("key", metavar="NAME|ID")
@click.option("--name", help="What people call it from now on.")
@click.option("--tag", "tags", multiple=True, help="Its tags from now on; may be repeated.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days from now until it expires.")
@click.option("--no-expiry", is_flag=True, help="It does not expire.")
@key_use_options
@account_or_database_options
def change(
    account: Account,
    key: str,
    name: str | None,
    tags: tuple[str, ...],
    days: int | None,
    no_expiry: bool,
    use: KeyUse,
) -> None:
    """Change a key's name, tags, expiry, limits or models. What is not named stays."""
    if days is not None and no_expiry:
        raise click.UsageError("--days and --no-expiry exclude each other.")
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name
    if tags:
        changes["tags"] = list(tags)
    if days is not None or no_expiry:
        changes["expires_at"] = keys_database.expiry(days)
    if not changes and not use.document():
        raise click.UsageError("Say what to change: see aldea keys change --help.")

    async def over_http(client: BackendClient, org: str) -> Any:
        path = f"/v1/orgs/{org}/keys/{await _key_at(client, org, key)}"
        seen = await client.call("GET", path)
        wanted = changes | use.document(seen.document["limits"])
        etag = seen.headers.get("ETag")
        return _in_effect(await client.call("PATCH", path, wanted, if_match=etag)).document

    changed = account.anywhere(
        over_http, partial(keys_database.change, key=key, changes=changes, use=use)
    )
    if account.as_json:
        show_json(changed)
    else:
        click.echo(
            f"Changed {changed['name']}: {_use_in_words(changed) or 'no limits of its own'}."
        )


@command.command(
    epilog="\b\nExamples:\n  aldea keys rotate laptop\n  aldea keys rotate laptop --overlap-hours 0"
)
@click.argument("key", metavar="NAME|ID")
@click.option(
    "--overlap-hours",
    type=click.FloatRange(0, 24 * 90),
    default=24,
    show_default=True,
    help="How long the old one goes on to work.",
)
@account_or_database_options
def rotate(account: Account, key: str, overlap_hours: float) -> None:
    """Make a new key like this one, which then ends after an overlap."""
    seconds = round(overlap_hours * 3600)

    async def over_http(client: BackendClient, org: str) -> Any:
        one = await _key_at(client, org, key)
        path = f"/v1/orgs/{org}/keys/{one}/rotate"
        return _in_effect(await client.call("POST", path, {"overlap_seconds": seconds})).document

    _show_made(
        account,
        account.anywhere(
            over_http, partial(keys_database.rotate, key=key, overlap_seconds=seconds)
        ),
    )


@command.command(epilog="\b\nExample:\n  aldea keys revoke laptop")
@click.argument("key", metavar="NAME|ID")
@account_or_database_options
def revoke(account: Account, key: str) -> None:
    """Revoke a key, at once and for good. Of a key that is revoked it says since when."""

    async def over_http(client: BackendClient, org: str) -> keys_database.Revocation:
        seen = await _seen_at(client, org, key)
        path = f"/v1/orgs/{org}/keys/{seen['id']}"
        _in_effect(await client.call("DELETE", path))
        return keys_database.Revocation(seen, await client.get(path))

    done = account.anywhere(over_http, partial(keys_database.revoke, key=key))
    gone = done.after
    if account.as_json:
        show_json({"id": gone["id"], "revoked": True, "revoked_at": gone["revoked_at"]})
    elif done.is_change:
        click.echo(f"Revoked {gone['id']}. Streams that use it end within 5 seconds.")
    else:
        click.echo(f"{gone['id']} has been revoked since {gone['revoked_at']}; nothing changed.")


async def _key_at(client: BackendClient, org: str, wanted: str) -> str:
    return str((await _seen_at(client, org, wanted))["id"])


async def _seen_at(client: BackendClient, org: str, wanted: str) -> Item:
    found = await client.items(f"/v1/orgs/{org}/keys")
    return chosen(found["items"], wanted, "key", prefer=lambda one: one["works"])


def _use_in_words(key: dict[str, Any]) -> str:
    """A key's own limits and models."""
    limits = key["limits"]
    said = [
        f"{limits[name] // unit:,} {what}"
        for name, unit, what in (
            ("concurrent_sessions", 1, "at once"),
            ("requests_per_minute", 1, "a minute"),
            ("quota_ms", 1000, "s a month"),
        )
        if limits[name] is not None
    ]
    if key["models"] is not None:
        said.append("models " + " ".join(key["models"]))
    return ", ".join(said)


def _in_effect(answer: HttpAnswer) -> HttpAnswer:
    if answer.headers.get("X-In-Effect") == "not yet":
        click.echo("The gateways do not know of it yet; it takes effect later.", err=True)
    return answer


def _show_made(account: Account, made: dict[str, Any]) -> None:
    if account.as_json:
        show_json(made)
        return
    click.echo(made["key"])
    sys.stdout.flush()
    click.echo(f"Key {made['api_key']['id']}. Keep it: it is not shown again.", err=True)
